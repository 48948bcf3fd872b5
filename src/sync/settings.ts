import { sql } from 'kysely'
import { type ChatSettings, chatSettings } from '#contract/chat-settings.ts'
import type { Db } from '#db/database.ts'

/** The school's rules, limits and schedule; whatever it never touched has its default. */
export async function readSettings(tx: Db, organisationId: string): Promise<ChatSettings> {
  const row = await tx
    .selectFrom('chat_settings')
    .select(['settings', 'title_templates'])
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst()
  return chatSettings.parse({ ...(row?.settings as object | undefined), titles: row?.title_templates ?? {} })
}

export async function saveSettings(tx: Db, organisationId: string, { titles, ...settings }: ChatSettings): Promise<void> {
  await sql`
    insert into chat_settings (organisation_id, settings, title_templates)
    values (${organisationId}::uuid, ${JSON.stringify(settings)}::jsonb, ${JSON.stringify(titles)}::jsonb)
    on conflict (organisation_id) do update
      set settings = excluded.settings, title_templates = excluded.title_templates, changed_at = now()`.execute(tx)
}
