-- Why: an engine that can be left alone at night: rules as settings, limits and decisions, drift, stopping, undo, adopted chats.

alter table chat_settings add column settings jsonb not null default '{}', add column changed_at timestamptz not null default now();
comment on column chat_settings.settings is 'rules, brake, drift and schedule; shape and defaults: contract/chat-settings.ts';

-- A chat that was merged into another stays in the registry; its key is free for the one that is kept.
alter table chat drop constraint chat_one_per_key;
create unique index chat_one_per_key on chat (organisation_id, messenger, kind, class_id, subgroup_id, subject_id) nulls not distinct
  where state <> 'archived';
alter table chat drop constraint chat_state;
alter table chat add constraint chat_state check (state in ('planned', 'creating', 'live', 'failed', 'gone', 'archived'));
alter table chat
  add column managed boolean not null default true,
  add column adopted_at timestamptz,
  add column merged_into uuid,
  add column observed_at timestamptz,
  add foreign key (organisation_id, merged_into) references chat (organisation_id, id) on delete set null (merged_into);
comment on column chat.managed is 'false: the school keeps this chat by itself; we neither look at it nor change it';
comment on column chat.observed_at is 'when the messenger last showed this chat, whether anything was wanted of it or not';
create index chat_by_external_id on chat (messenger, external_id) where external_id is not null;

alter table chat_member add column former_accounts text[] not null default '{}';
comment on column chat_member.former_accounts is 'accounts that this person had before and that are still in the chat, until they have been taken out';
alter table chat_member add column gone_how text constraint chat_member_gone_how check (gone_how in ('left', 'kicked'));
comment on column chat_member.gone_how is 'left by themselves or taken out by somebody, where the messenger told us; null: only seen to be gone';

create index chat_member_unusual on chat_member (organisation_id)
  where error_kind is not null or gone_how is not null or former_accounts <> '{}';

create table chat_exception (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  chat_id         uuid not null,
  person_id       uuid not null,
  effect          text not null constraint chat_exception_effect check (effect in ('include', 'exclude')),
  reason          text not null constraint chat_exception_reason_not_blank check (btrim(reason) <> ''),
  ends_on         date,
  made_by         uuid,
  made_at         timestamptz not null default now(),
  foreign key (organisation_id, chat_id) references chat (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint chat_exception_once unique (chat_id, person_id)
);
create index chat_exception_by_organisation on chat_exception (organisation_id);
comment on column chat_exception.ends_on is 'the last day; null: until taken back';
call protect_by_organisation('chat_exception');

create table held_removal (
  organisation_id uuid not null,
  chat_id         uuid not null,
  person_id       uuid not null,
  reason          text not null,
  why             jsonb not null,
  count           integer not null,
  of              integer not null,
  approvable      boolean not null,
  held_since      timestamptz not null default now(),
  decision        text constraint held_removal_decision check (decision in ('approved', 'rejected')),
  first_by        uuid,
  first_at        timestamptz,
  decided_by      uuid,
  decided_at      timestamptz,
  primary key (chat_id, person_id),
  foreign key (organisation_id, chat_id) references chat (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint held_removal_decided check ((decision is null) = (decided_at is null))
);
create index held_removal_by_organisation on held_removal (organisation_id, held_since);
comment on table held_removal is 'removals that the brake stopped, until somebody decides or nobody wants them any more';
comment on column held_removal.first_by is 'who approved first where the school wants two; decision stays null until the second';
comment on column held_removal.why is 'the reason of the removal itself, as the plan had it';
call protect_by_organisation('held_removal');

create table drift (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  chat_id         uuid not null,
  kind            text not null constraint drift_kind check (kind in ('renamed', 'left', 'kicked', 'stranger', 'chat-gone')),
  person_id       uuid,
  account         text,
  detail          text,
  found_at        timestamptz not null default now(),
  state           text not null default 'open' constraint drift_state check (state in ('open', 'accepted', 'mended', 'over')),
  closed_at       timestamptz,
  closed_by       uuid,
  foreign key (organisation_id, chat_id) references chat (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade
);
create unique index drift_one_at_a_time on drift (chat_id, kind, person_id, account) nulls not distinct where state in ('open', 'accepted');
create index drift_open on drift (organisation_id, found_at desc) where state = 'open';
comment on table drift is 'what people changed in the messenger; open until it is mended, accepted or over by itself';
comment on column drift.detail is 'renamed: the title in the messenger';
comment on column drift.state is 'accepted: a person said that it may stay so, and it is not reported again while it lasts';
call protect_by_organisation('drift');

create table register_source (
  organisation_id uuid primary key references organisation (id) on delete cascade,
  state           text not null constraint register_source_state check (state in ('complete', 'partial', 'broken', 'shrunk')),
  counts          jsonb not null default '{}',
  previous        jsonb not null default '{}',
  read_at         timestamptz not null default now(),
  note            text
);
comment on table register_source is 'what the last import of a register was like; unless it was complete, nobody is taken out of a chat because of it';
call protect_by_organisation('register_source');

create table school_watch (
  organisation_id uuid not null references organisation (id) on delete cascade,
  messenger       text not null,
  observed_at     timestamptz,
  next_at         timestamptz not null default now(),
  paused_by_undo  boolean not null default false,
  error_kind      text,
  vendor_code     text,
  primary key (organisation_id, messenger)
);
comment on column school_watch.paused_by_undo is 'after «Отменить запуск» nothing runs by itself until somebody presses the button: it would do again what was undone';
call protect_by_organisation('school_watch');

alter table sync_run drop constraint sync_run_scope, drop constraint sync_run_state;
alter table sync_run
  add constraint sync_run_scope check (scope in ('school', 'person', 'chat', 'retry', 'undo', 'merge')),
  add constraint sync_run_state check (state in ('queued', 'running', 'stopped', 'done', 'partly-failed', 'failed', 'stale')),
  add column cause text not null default 'button' constraint sync_run_cause
    check (cause in ('button', 'schedule', 'link', 'retry', 'undo', 'single', 'drift', 'rules', 'brake', 'merge')),
  add column counts jsonb not null default '{}',
  add column selection jsonb not null default '{}',
  add column stop_requested_at timestamptz,
  add column stopped_by uuid,
  add column progress_at timestamptz;
comment on column sync_run.counts is 'what the plan said: contract/plans.ts planCounts';
comment on column sync_run.selection is 'what a smaller run was asked for: chats, strangers; see sync/scope.ts';
comment on column sync_run.stop_requested_at is 'somebody pressed «Остановить»; the worker looks at it between requests';
drop index sync_run_one_per_school_at_a_time;
create unique index sync_run_one_per_school_at_a_time on sync_run (organisation_id, messenger)
  where scope in ('school', 'retry', 'undo', 'merge') and state in ('queued', 'running');

alter table sync_step drop constraint sync_step_kind;
alter table sync_step
  add constraint sync_step_kind
    check (kind in ('create-chat', 'rename-chat', 'add-member', 'invite-member', 'remove-member', 'remove-stranger', 'send-notice')),
  add column approved boolean not null default false;
comment on column sync_step.approved is 'the brake had held it and somebody let it through: it does not count as slow bleeding';
create index sync_step_removals on sync_step (organisation_id, finished_at) where kind = 'remove-member' and state = 'done';
create index sync_step_by_member on sync_step (chat_id, person_id) where person_id is not null;

alter table sync_plan add column undo_of uuid, add column selection jsonb not null default '{}';
