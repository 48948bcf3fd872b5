import type { Db } from './database.ts'

export type AuditEntry = {
  organisationId: string
  actorPersonId: string
  action: string
  subjectId: string
  /** Ids and codes only, never names. */
  details?: Record<string, unknown>
}

/** Writes who did what, in the transaction that does it: an act without its entry does not happen. */
export async function audit(tx: Db, { organisationId, actorPersonId, action, subjectId, details = {} }: AuditEntry): Promise<void> {
  await tx
    .insertInto('audit_entry')
    .values({
      organisation_id: organisationId,
      actor_person_id: actorPersonId,
      action,
      subject_id: subjectId,
      details: JSON.stringify(details),
    })
    .execute()
}
