-- Why: a person's tie to an account in an external system, proved by signing in there.

create table link (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  person_id       uuid not null,
  system          text not null constraint link_system check (system in ('sferum', 'teams')),
  external_id     text not null,
  linked_at       timestamptz not null default now(),
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint link_one_per_person_and_system unique (person_id, system),
  constraint link_one_person_per_external_id unique (system, external_id)
);
create index link_by_organisation on link (organisation_id, system);
call protect_by_organisation('link');

create table link_attempt (
  state_hash      text primary key,
  organisation_id uuid not null,
  person_id       uuid not null,
  session_id      text not null,
  system          text not null,
  code_verifier   text not null,
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  used_at         timestamptz,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade
);
comment on column link_attempt.state_hash is 'SHA-256 of the state sent to the vendor: reading this table does not let one finish an attempt';
comment on column link_attempt.session_id is 'the browser session that began it; another browser cannot finish it';
call protect_by_organisation('link_attempt');
