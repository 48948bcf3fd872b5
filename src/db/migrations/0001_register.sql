-- Why: the register (who is in 1А, who teaches, who is whose parent), separated by organisation from the first day.

create extension if not exists pg_trgm;

-- Russian order in which 10А comes after 9А and ё stands beside е.
create collation if not exists ru_numeric (provider = icu, locale = 'ru-u-kn-true');

-- Row-level security. A transaction says which organisation it works for (app.organisation) or that it is
-- the house itself at work across organisations (app.scope = 'system'). Without either it sees nothing.
create function current_organisation() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.organisation', true), '')::uuid;
create function is_system_scope() returns boolean language sql stable parallel safe
  return coalesce(current_setting('app.scope', true), '') = 'system';

create procedure protect_by_organisation(target regclass, key_column text default 'organisation_id') language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy by_organisation on %s using (%I = (select current_organisation()) or (select is_system_scope()))',
    target, key_column);
end $$;

create table organisation (
  id          uuid primary key default gen_random_uuid(),
  parent_id   uuid references organisation (id),
  kind        text not null constraint organisation_kind check (kind in ('region', 'school')),
  name        text not null constraint organisation_name_not_blank check (btrim(name) <> ''),
  time_zone   text not null default 'Europe/Moscow',
  external_id text,
  source      text,
  created_at  timestamptz not null default now()
);
create unique index organisation_one_per_external_id on organisation (source, external_id) where external_id is not null;
create index organisation_by_parent on organisation (parent_id);
comment on column organisation.external_id is 'the id in the system the register was imported from; source says which';
call protect_by_organisation('organisation', 'id');

create table academic_year (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  title           text not null,
  starts_on       date not null,
  ends_on         date not null,
  external_id     text,
  unique (organisation_id, id),
  constraint academic_year_one_per_title unique (organisation_id, title),
  constraint academic_year_order check (starts_on < ends_on)
);
call protect_by_organisation('academic_year');

create table school_class (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  external_id     text,
  unique (organisation_id, id)
);
create unique index school_class_one_per_external_id on school_class (organisation_id, external_id) where external_id is not null;
comment on table school_class is 'the class as its pupils know it for eleven years; what it is called in a given year is in class_name';
call protect_by_organisation('school_class');

create table class_name (
  organisation_id  uuid not null,
  class_id         uuid not null,
  academic_year_id uuid not null,
  grade            smallint constraint class_name_grade check (grade between 0 and 12),
  letter           text not null default '',
  title            text not null constraint class_name_title_not_blank check (btrim(title) <> ''),
  primary key (class_id, academic_year_id),
  foreign key (organisation_id, class_id) references school_class (organisation_id, id) on delete cascade,
  foreign key (organisation_id, academic_year_id) references academic_year (organisation_id, id) on delete cascade,
  constraint class_name_one_per_year unique (organisation_id, academic_year_id, title)
);
comment on column class_name.title is 'grade and letter («1А»), or the whole name where a class has no grade';
call protect_by_organisation('class_name');

create table subject (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  name            text not null,
  external_id     text,
  unique (organisation_id, id),
  constraint subject_one_per_name unique (organisation_id, name)
);
call protect_by_organisation('subject');

create table subgroup (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  class_id        uuid not null,
  name            text not null,
  unique (organisation_id, id),
  foreign key (organisation_id, class_id) references school_class (organisation_id, id) on delete cascade,
  constraint subgroup_one_per_name unique (class_id, name)
);
call protect_by_organisation('subgroup');

create table person (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisation (id) on delete cascade,
  surname         text not null,
  given_name      text not null,
  patronymic      text not null default '',
  gender          text constraint person_gender check (gender in ('male', 'female')),
  birth_date      date,
  external_id     text,
  created_at      timestamptz not null default now(),
  name_folded     text not null generated always as
                  (translate(lower((surname || ' ' || given_name || ' ' || patronymic) collate ru_numeric), 'ё', 'е')) stored,
  unique (organisation_id, id)
);
create unique index person_one_per_external_id on person (organisation_id, external_id) where external_id is not null;
create index person_by_name on person (organisation_id, surname collate ru_numeric, given_name collate ru_numeric);
call protect_by_organisation('person');

-- The facts below all carry dates: starts_on is the first day, ends_on the last one (null: until further notice).

create table staff_post (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  person_id       uuid not null,
  post            text not null,
  teaches         boolean not null default true,
  starts_on       date not null,
  ends_on         date,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint staff_post_once unique (person_id, post, starts_on),
  constraint staff_post_order check (ends_on >= starts_on)
);
create index staff_post_by_organisation on staff_post (organisation_id);
comment on column staff_post.teaches is 'true for teachers, false for administration and other staff';
call protect_by_organisation('staff_post');

create table class_teacher (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  class_id        uuid not null,
  person_id       uuid not null,
  starts_on       date not null,
  ends_on         date,
  foreign key (organisation_id, class_id) references school_class (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint class_teacher_once unique (class_id, person_id, starts_on),
  constraint class_teacher_order check (ends_on >= starts_on)
);
create index class_teacher_by_organisation on class_teacher (organisation_id);
call protect_by_organisation('class_teacher');

create table enrolment (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  class_id        uuid not null,
  person_id       uuid not null,
  starts_on       date not null,
  ends_on         date,
  foreign key (organisation_id, class_id) references school_class (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint enrolment_once unique (class_id, person_id, starts_on),
  constraint enrolment_order check (ends_on >= starts_on)
);
create index enrolment_by_organisation on enrolment (organisation_id);
create index enrolment_by_person on enrolment (person_id);
call protect_by_organisation('enrolment');

create table subgroup_membership (
  organisation_id uuid not null,
  subgroup_id     uuid not null,
  person_id       uuid not null,
  starts_on       date not null,
  ends_on         date,
  primary key (subgroup_id, person_id, starts_on),
  foreign key (organisation_id, subgroup_id) references subgroup (organisation_id, id) on delete cascade,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  constraint subgroup_membership_order check (ends_on >= starts_on)
);
create index subgroup_membership_by_organisation on subgroup_membership (organisation_id);
call protect_by_organisation('subgroup_membership');

create table guardianship (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  pupil_id        uuid not null,
  guardian_id     uuid not null,
  relation        text not null default 'guardian',
  starts_on       date not null,
  ends_on         date,
  foreign key (organisation_id, pupil_id) references person (organisation_id, id) on delete cascade,
  foreign key (organisation_id, guardian_id) references person (organisation_id, id) on delete cascade,
  constraint guardianship_once unique (pupil_id, guardian_id, starts_on),
  constraint guardianship_not_of_oneself check (pupil_id <> guardian_id),
  constraint guardianship_order check (ends_on >= starts_on)
);
create index guardianship_by_organisation on guardianship (organisation_id);
create index guardianship_by_guardian on guardianship (guardian_id);
call protect_by_organisation('guardianship');

create table teaching (
  id              uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  person_id       uuid not null,
  class_id        uuid not null,
  subgroup_id     uuid,
  subject_id      uuid not null,
  chat_wanted     boolean not null default false,
  starts_on       date not null,
  ends_on         date,
  foreign key (organisation_id, person_id) references person (organisation_id, id) on delete cascade,
  foreign key (organisation_id, class_id) references school_class (organisation_id, id) on delete cascade,
  foreign key (organisation_id, subgroup_id) references subgroup (organisation_id, id) on delete cascade,
  foreign key (organisation_id, subject_id) references subject (organisation_id, id) on delete cascade,
  constraint teaching_once unique nulls not distinct (person_id, class_id, subgroup_id, subject_id, starts_on),
  constraint teaching_order check (ends_on >= starts_on)
);
create index teaching_by_organisation on teaching (organisation_id);
comment on column teaching.chat_wanted is 'the school wants a SUBJECT chat for this lesson: thirty subjects a class would otherwise mean thirty chats';
comment on column teaching.subgroup_id is 'null: the whole class';
call protect_by_organisation('teaching');
