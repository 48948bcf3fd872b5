-- Why: who may sign in and what they may do. The auth_* tables are better-auth's own, reached before an organisation is known.

create table auth_user (
  id               text primary key,
  name             text not null,
  email            text not null unique,
  email_verified   boolean not null default false,
  image            text,
  username         text unique,
  display_username text,
  person_id        uuid not null unique references person (id) on delete cascade,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
comment on column auth_user.name is 'always the login: better-auth wants a name, and people''s names stay in the register';
comment on column auth_user.email is 'made up from the login (better-auth insists on one); nothing is ever sent to it';

create table auth_session (
  id         text primary key,
  user_id    text not null references auth_user (id) on delete cascade,
  token      text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_session_by_user on auth_session (user_id);

create table auth_account (
  id                       text primary key,
  user_id                  text not null references auth_user (id) on delete cascade,
  account_id               text not null,
  provider_id              text not null,
  password                 text,
  access_token             text,
  refresh_token            text,
  id_token                 text,
  access_token_expires_at  timestamptz,
  refresh_token_expires_at timestamptz,
  scope                    text,
  created_at               timestamptz not null default now(),
  updated_at               timestamptz not null default now(),
  constraint auth_account_once unique (provider_id, account_id)
);
create index auth_account_by_user on auth_account (user_id);

create table auth_verification (
  id         text primary key,
  identifier text not null,
  value      text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_verification_by_identifier on auth_verification (identifier);

create table auth_rate_limit (
  id           text primary key,
  key          text not null unique,
  count        integer not null,
  last_request bigint not null
);

create table role_grant (
  organisation_id uuid not null references organisation (id) on delete cascade,
  person_id       uuid not null references person (id) on delete cascade,
  role            text not null constraint role_grant_role check (role in ('operator', 'administrator')),
  granted_at      timestamptz not null default now(),
  primary key (organisation_id, person_id, role)
);
create index role_grant_by_person on role_grant (person_id);
comment on table role_grant is 'only what the register cannot say; teacher, guardian and pupil follow from its facts. An operator of a region covers the schools under it.';
call protect_by_organisation('role_grant');

create table audit_entry (
  id              bigint generated always as identity primary key,
  organisation_id uuid not null references organisation (id) on delete cascade,
  actor_person_id uuid,
  action          text not null,
  subject_id      text,
  details         jsonb not null default '{}',
  at              timestamptz not null default now()
);
create index audit_entry_by_organisation on audit_entry (organisation_id, at desc);
comment on table audit_entry is 'every administrative act; ids only, never names';
call protect_by_organisation('audit_entry');
