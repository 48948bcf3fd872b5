import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

// Table types, one for each table of migrations/*.sql, columns in the same order.

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>
type Json<T> = ColumnType<T, string, string>

type OrganisationTable = {
  id: Generated<string>
  parent_id: string | null
  kind: 'region' | 'school'
  name: string
  time_zone: Generated<string>
  external_id: string | null
  source: string | null
  created_at: Timestamp
}

type AcademicYearTable = {
  id: Generated<string>
  organisation_id: string
  title: string
  starts_on: string
  ends_on: string
  external_id: string | null
}

type SchoolClassTable = {
  id: Generated<string>
  organisation_id: string
  external_id: string | null
}

type ClassNameTable = {
  organisation_id: string
  class_id: string
  academic_year_id: string
  grade: number | null
  letter: Generated<string>
  title: string
}

type SubjectTable = {
  id: Generated<string>
  organisation_id: string
  name: string
  external_id: string | null
}

type SubgroupTable = {
  id: Generated<string>
  organisation_id: string
  class_id: string
  name: string
}

type PersonTable = {
  id: Generated<string>
  organisation_id: string
  surname: string
  given_name: string
  patronymic: Generated<string>
  gender: 'male' | 'female' | null
  birth_date: string | null
  external_id: string | null
  created_at: Timestamp
  name_folded: GeneratedAlways<string>
}

type StaffPostTable = {
  id: Generated<string>
  organisation_id: string
  person_id: string
  post: string
  teaches: Generated<boolean>
  starts_on: string
  ends_on: string | null
}

type ClassTeacherTable = {
  id: Generated<string>
  organisation_id: string
  class_id: string
  person_id: string
  starts_on: string
  ends_on: string | null
}

type EnrolmentTable = {
  id: Generated<string>
  organisation_id: string
  class_id: string
  person_id: string
  starts_on: string
  ends_on: string | null
}

type SubgroupMembershipTable = {
  organisation_id: string
  subgroup_id: string
  person_id: string
  starts_on: string
  ends_on: string | null
}

type GuardianshipTable = {
  id: Generated<string>
  organisation_id: string
  pupil_id: string
  guardian_id: string
  relation: Generated<string>
  starts_on: string
  ends_on: string | null
}

type TeachingTable = {
  id: Generated<string>
  organisation_id: string
  person_id: string
  class_id: string
  subgroup_id: string | null
  subject_id: string
  chat_wanted: Generated<boolean>
  starts_on: string
  ends_on: string | null
}

type AuthUserTable = {
  id: string
  name: string
  email: string
  email_verified: Generated<boolean>
  image: string | null
  username: string | null
  display_username: string | null
  person_id: string
  created_at: Timestamp
  updated_at: Timestamp
}

type AuthSessionTable = {
  id: string
  user_id: string
  token: string
  expires_at: Timestamp
  ip_address: string | null
  user_agent: string | null
  created_at: Timestamp
  updated_at: Timestamp
}

type AuthAccountTable = {
  id: string
  user_id: string
  account_id: string
  provider_id: string
  password: string | null
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  refresh_token_expires_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  scope: string | null
  created_at: Timestamp
  updated_at: Timestamp
}

type AuthVerificationTable = {
  id: string
  identifier: string
  value: string
  expires_at: Timestamp
  created_at: Timestamp
  updated_at: Timestamp
}

type AuthRateLimitTable = {
  id: string
  key: string
  count: number
  last_request: number
}

type RoleGrantTable = {
  organisation_id: string
  person_id: string
  role: 'operator' | 'administrator'
  granted_at: Timestamp
}

type AuditEntryTable = {
  id: Generated<number>
  organisation_id: string
  actor_person_id: string | null
  action: string
  subject_id: string | null
  details: ColumnType<unknown, string | undefined, string>
  at: Timestamp
}

type LinkTable = {
  id: Generated<string>
  organisation_id: string
  person_id: string
  system: 'sferum' | 'teams'
  external_id: string
  linked_at: Timestamp
}

type LinkAttemptTable = {
  state_hash: string
  organisation_id: string
  person_id: string
  session_id: string
  system: string
  code_verifier: string
  created_at: Timestamp
  expires_at: Timestamp
  used_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

type ChatSettingsTable = {
  organisation_id: string
  title_templates: ColumnType<unknown, string | undefined, string>
  settings: ColumnType<unknown, string | undefined, string>
  changed_at: Timestamp
}

type ChatTable = {
  id: Generated<string>
  organisation_id: string
  messenger: 'sferum' | 'teams'
  kind: 'CLASS' | 'PARENTS' | 'TEACHER' | 'SUBJECT'
  class_id: string | null
  subgroup_id: string | null
  subject_id: string | null
  title: string
  title_by: Generated<'template' | 'administrator'>
  state: Generated<'planned' | 'creating' | 'live' | 'failed' | 'gone' | 'archived'>
  actor: string | null
  external_id: string | null
  invite_link: string | null
  error_kind: string | null
  vendor_code: string | null
  created_at: Timestamp
  synced_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  title_folded: GeneratedAlways<string>
  managed: Generated<boolean>
  adopted_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  made_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  merged_into: string | null
  observed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

type ChatMemberTable = {
  organisation_id: string
  chat_id: string
  person_id: string
  role: 'TEACHER' | 'STUDENT' | 'PARENT' | 'ADMIN'
  state: 'waiting' | 'planned' | 'invited' | 'member' | 'left' | 'removed' | 'failed'
  external_id: string | null
  error_kind: string | null
  vendor_code: string | null
  changed_at: Timestamp
  gone_how: 'left' | 'kicked' | null
  former_accounts: Generated<string[]>
}

type SyncPlanTable = {
  id: Generated<string>
  organisation_id: string
  messenger: string
  fingerprint: string
  plan: Json<unknown>
  made_by: string | null
  made_at: Timestamp
  undo_of: string | null
  selection: ColumnType<unknown, string | undefined, string>
}

type SyncRunTable = {
  id: Generated<string>
  organisation_id: string
  messenger: string
  scope: 'school' | 'person' | 'chat' | 'retry' | 'undo' | 'merge'
  scope_id: string | null
  fingerprint: string | null
  approved: ColumnType<unknown, string | undefined, string>
  state: Generated<'queued' | 'running' | 'stopped' | 'done' | 'partly-failed' | 'failed' | 'stale'>
  error_kind: string | null
  vendor_code: string | null
  requests: Generated<number>
  calls: Generated<number>
  requested_by: string | null
  requested_at: Timestamp
  started_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  finished_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  cause: Generated<'button' | 'schedule' | 'link' | 'retry' | 'undo' | 'single' | 'drift' | 'rules' | 'brake' | 'merge'>
  counts: ColumnType<unknown, string | undefined, string>
  selection: ColumnType<unknown, string | undefined, string>
  stop_requested_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  stopped_by: string | null
  progress_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

type SyncStepTable = {
  run_id: string
  seq: number
  organisation_id: string
  chat_id: string
  person_id: string | null
  kind: 'create-chat' | 'rename-chat' | 'add-member' | 'invite-member' | 'remove-member' | 'remove-stranger' | 'send-notice'
  approved: Generated<boolean>
  step: Json<unknown>
  state: Generated<'planned' | 'sent' | 'done' | 'failed' | 'skipped'>
  error_kind: string | null
  vendor_code: string | null
  finished_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

type ChatExceptionTable = {
  id: Generated<string>
  organisation_id: string
  chat_id: string
  person_id: string
  effect: 'include' | 'exclude'
  reason: string
  ends_on: string | null
  made_by: string | null
  made_at: Timestamp
}

type HeldRemovalTable = {
  organisation_id: string
  chat_id: string
  person_id: string
  reason: string
  why: Json<unknown>
  count: number
  of: number
  approvable: boolean
  held_since: Timestamp
  decision: 'approved' | 'rejected' | null
  first_by: string | null
  first_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  decided_by: string | null
  decided_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

type DriftTable = {
  id: Generated<string>
  organisation_id: string
  chat_id: string
  kind: 'renamed' | 'left' | 'kicked' | 'stranger' | 'chat-gone'
  person_id: string | null
  account: string | null
  detail: string | null
  found_at: Timestamp
  state: Generated<'open' | 'accepted' | 'mended' | 'over'>
  closed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  closed_by: string | null
}

type RegisterSourceTable = {
  organisation_id: string
  state: 'complete' | 'partial' | 'broken' | 'shrunk'
  counts: ColumnType<unknown, string | undefined, string>
  previous: ColumnType<unknown, string | undefined, string>
  read_at: Timestamp
  note: string | null
}

type SchoolWatchTable = {
  organisation_id: string
  messenger: string
  observed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  next_at: Timestamp
  paused_by_undo: Generated<boolean>
  error_kind: string | null
  vendor_code: string | null
}

type RateBudgetTable = {
  credential: string
  next_at: Timestamp
  blocked_until: Timestamp
  pace: Generated<number>
  pace_at: Timestamp
  failures: Generated<number>
  open_until: Timestamp
  error_kind: string | null
  vendor_code: string | null
  failed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

export type Tables = {
  organisation: OrganisationTable
  academic_year: AcademicYearTable
  school_class: SchoolClassTable
  class_name: ClassNameTable
  subject: SubjectTable
  subgroup: SubgroupTable
  person: PersonTable
  staff_post: StaffPostTable
  class_teacher: ClassTeacherTable
  enrolment: EnrolmentTable
  subgroup_membership: SubgroupMembershipTable
  guardianship: GuardianshipTable
  teaching: TeachingTable
  auth_user: AuthUserTable
  auth_session: AuthSessionTable
  auth_account: AuthAccountTable
  auth_verification: AuthVerificationTable
  auth_rate_limit: AuthRateLimitTable
  role_grant: RoleGrantTable
  audit_entry: AuditEntryTable
  link: LinkTable
  link_attempt: LinkAttemptTable
  chat_settings: ChatSettingsTable
  chat: ChatTable
  chat_member: ChatMemberTable
  sync_plan: SyncPlanTable
  sync_run: SyncRunTable
  sync_step: SyncStepTable
  chat_exception: ChatExceptionTable
  held_removal: HeldRemovalTable
  drift: DriftTable
  register_source: RegisterSourceTable
  school_watch: SchoolWatchTable
  rate_budget: RateBudgetTable
}
