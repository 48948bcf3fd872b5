-- Why: the chat registry and the engine's journal.

create table chat_settings (
  organisation_id uuid primary key references organisation (id) on delete cascade,
  title_templates jsonb not null default '{}'
);
comment on column chat_settings.title_templates is 'per chat kind, with {Школа} {Класс} {Подгруппа} {Предмет}; a kind that is absent has the default of sync/rules.ts';
call protect_by_organisation('chat_settings');

create table chat (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  messenger       text not null constraint chat_messenger check (messenger in ('sferum', 'teams')),
  kind            text not null constraint chat_kind check (kind in ('CLASS', 'PARENTS', 'TEACHER', 'SUBJECT')),
  class_id        uuid,
  subgroup_id     uuid,
  subject_id      uuid,
  title           text not null,
  title_by        text not null default 'template' constraint chat_title_by check (title_by in ('template', 'administrator')),
  state           text not null default 'planned'
                  constraint chat_state check (state in ('planned', 'creating', 'live', 'failed', 'gone')),
  actor           text,
  external_id     text,
  invite_link     text,
  error_kind      text,
  vendor_code     text,
  created_at      timestamptz not null default now(),
  synced_at       timestamptz,
  title_folded    text not null generated always as (translate(lower(title collate ru_numeric), 'ё', 'е')) stored,
  unique (organisation_id, id),
  foreign key (organisation_id, class_id) references school_class (organisation_id, id),
  foreign key (organisation_id, subgroup_id) references subgroup (organisation_id, id),
  foreign key (organisation_id, subject_id) references subject (organisation_id, id),
  constraint chat_one_per_key unique nulls not distinct (organisation_id, messenger, kind, class_id, subgroup_id, subject_id),
  constraint chat_one_per_external_id unique (messenger, actor, external_id),
  constraint chat_live_has_external_id check (state <> 'live' or (actor is not null and external_id is not null))
);
create index chat_by_title on chat (organisation_id, messenger, title collate ru_numeric, id);
create index chat_by_kind on chat (organisation_id, messenger, kind, title collate ru_numeric, id);
create index chat_by_class on chat (class_id);
comment on column chat.title_folded is 'for searching: ё is typed as е as often as not';
comment on column chat.state is 'planned: known, not asked for yet; creating: asked, outcome not known (look for the orphan before asking again); live; failed: the messenger refused; gone: deleted there';
comment on column chat.actor is 'whose numbering external_id belongs to: chat numbers are local to the account that sees the chat';
call protect_by_organisation('chat');

create table chat_member (
  organisation_id uuid not null,
  chat_id         uuid not null,
  person_id       uuid not null,
  role            text not null constraint chat_member_role check (role in ('TEACHER', 'STUDENT', 'PARENT', 'ADMIN')),
  state           text not null
                  constraint chat_member_state check (state in ('waiting', 'planned', 'invited', 'member', 'left', 'removed', 'failed')),
  external_id     text,
  error_kind      text,
  vendor_code     text,
  changed_at      timestamptz not null default now(),
  primary key (chat_id, person_id),
  foreign key (organisation_id, chat_id) references chat (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint chat_member_in_chat_has_external_id check (state not in ('member', 'invited') or external_id is not null)
);
create index chat_member_by_person on chat_member (person_id);
create index chat_member_by_organisation on chat_member (organisation_id);
comment on column chat_member.external_id is 'the account that is or was in the chat for this person; kept after an unlink so that it can be taken out';
call protect_by_organisation('chat_member');

create table sync_plan (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  messenger       text not null,
  fingerprint     text not null,
  plan            jsonb not null,
  made_by         uuid,
  made_at         timestamptz not null default now()
);
create index sync_plan_by_organisation on sync_plan (organisation_id, made_at desc);
call protect_by_organisation('sync_plan');

create table sync_run (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  messenger       text not null,
  scope           text not null constraint sync_run_scope check (scope in ('school', 'person', 'chat')),
  scope_id        uuid,
  fingerprint     text,
  approved        jsonb not null default '[]',
  state           text not null default 'queued'
                  constraint sync_run_state check (state in ('queued', 'running', 'done', 'partly-failed', 'failed', 'stale')),
  error_kind      text,
  vendor_code     text,
  requests        integer not null default 0,
  calls           integer not null default 0,
  requested_by    uuid,
  requested_at    timestamptz not null default now(),
  started_at      timestamptz,
  finished_at     timestamptz,
  unique (organisation_id, id)
);
create unique index sync_run_one_per_school_at_a_time on sync_run (organisation_id, messenger)
  where scope = 'school' and state in ('queued', 'running');
create index sync_run_by_organisation on sync_run (organisation_id, messenger, requested_at desc);
create index sync_run_unfinished on sync_run (state) where state in ('queued', 'running');
comment on column sync_run.fingerprint is 'of the plan that was approved; null for runs that follow one person''s or one chat''s change';
comment on column sync_run.approved is 'chat keys whose held removals the administrator approved';
call protect_by_organisation('sync_run');

create table sync_step (
  run_id          uuid not null,
  seq             integer not null,
  organisation_id uuid not null,
  chat_id         uuid not null,
  person_id       uuid,
  kind            text not null constraint sync_step_kind
                  check (kind in ('create-chat', 'rename-chat', 'add-member', 'invite-member', 'remove-member')),
  step            jsonb not null,
  state           text not null default 'planned' constraint sync_step_state check (state in ('planned', 'sent', 'done', 'failed', 'skipped')),
  error_kind      text,
  vendor_code     text,
  finished_at     timestamptz,
  primary key (run_id, seq),
  foreign key (organisation_id, run_id) references sync_run (organisation_id, id) on delete cascade
);
create index sync_step_unfinished on sync_step (run_id, seq) where state in ('planned', 'sent');
create index sync_step_failed on sync_step (run_id, seq) where state = 'failed';
comment on column sync_step.state is 'sent: the request may or may not have reached the messenger; skipped: overtaken by another step (its chat could not be created)';
call protect_by_organisation('sync_step');

create table rate_budget (
  credential text primary key,
  next_at    timestamptz not null default '-infinity',
  blocked_until timestamptz not null default '-infinity'
);
comment on table rate_budget is 'one row per vendor credential: the moment its next request may start, shared by every process';
