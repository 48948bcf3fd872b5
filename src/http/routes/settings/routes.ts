import { type ChatSettings, previewChatSettings, readChatSettings, saveChatSettings } from '#contract/chat-settings.ts'
import { chatKinds } from '#contract/kinds.ts'
import { audit } from '#db/audit.ts'
import { inOrganisation } from '#db/database.ts'
import { todayIn } from '#register/calendar.ts'
import { readOrganisation } from '#register/organisations.ts'
import { readRoster } from '#register/roster.ts'
import { preparePlan } from '#sync/prepare.ts'
import { refusalOf } from '#sync/refusal.ts'
import { describeChat, isWorthShowing } from '#sync/saved-plans.ts'
import { readSettings, saveSettings } from '#sync/settings.ts'
import { defaultTitleTemplates, templateProblem } from '#sync/titles.ts'
import type { App, Rooms } from '../../env.ts'
import { Refusal } from '../../errors.ts'

export function settingsRoutes(app: App, { db, engine, clock }: Rooms): void {
  app.openapi(readChatSettings, async (c) => {
    if (!engine) throw new Refusal('link-not-configured')
    const org = c.get('organisationId')
    const { title } = engine.messenger.capabilities
    const answer = await inOrganisation(db, org, async (tx) => {
      const organisation = await readOrganisation(tx, org)
      const roster = await readRoster(tx, org, todayIn(organisation.timeZone, clock.now()))
      const lesson = roster.lessons.find((one) => one.chatWanted && one.subgroupId !== null) ?? roster.lessons[0]
      return {
        settings: await readSettings(tx, org),
        sample: {
          school: roster.organisation.name,
          className: roster.classes.find(({ id }) => id === (lesson?.classId ?? id))?.title ?? '5А',
          subject: roster.subjects.find(({ id }) => id === lesson?.subjectId)?.name ?? 'Английский язык',
          subgroup: roster.subgroups.find(({ id }) => id === lesson?.subgroupId)?.name ?? 'группа 1',
        },
        grades: [...new Set(roster.classes.flatMap(({ grade }) => (grade === null ? [] : [grade])))].sort((one, other) => one - other),
      }
    })
    return c.json(
      { ...answer, defaultTitles: defaultTitleTemplates, longestTitle: title.longest, forbiddenCharacters: [...title.forbidden] },
      200,
    )
  })

  /** @throws Refusal where chats could not be called by one of the templates */
  const checkTitles = ({ titles }: ChatSettings): void => {
    if (!engine) throw new Refusal('link-not-configured')
    const { capabilities } = engine.messenger
    for (const kind of chatKinds) {
      const reason = titles[kind] === undefined ? null : templateProblem(kind, titles[kind], capabilities)
      if (reason) throw new Refusal('bad-title', { reason, longest: capabilities.title.longest, kind })
    }
  }

  app.openapi(previewChatSettings, async (c) => {
    if (!engine) throw new Refusal('link-not-configured')
    checkTitles(c.req.valid('json'))
    try {
      const plan = await preparePlan(engine, c.get('organisationId'), 'run', { settings: c.req.valid('json') })
      return c.json({ counts: plan.counts, chats: plan.chats.filter(isWorthShowing).map(describeChat) }, 200)
    } catch (error) {
      const { code, ...why } = refusalOf(error)
      throw new Refusal(code, why)
    }
  })

  app.openapi(saveChatSettings, async (c) => {
    const organisationId = c.get('organisationId')
    const settings = c.req.valid('json')
    checkTitles(settings)
    const saved = await inOrganisation(db, organisationId, async (tx) => {
      await saveSettings(tx, organisationId, settings)
      const entry = { organisationId, actorPersonId: c.get('identity').personId, action: 'save-chat-settings', subjectId: organisationId }
      await audit(tx, { ...entry, details: { settings } })
      return readSettings(tx, organisationId)
    })
    return c.json({ settings: saved }, 200)
  })
}
