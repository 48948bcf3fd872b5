import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { brakeLimits, chatRules, driftRules } from '#contract/chat-settings.ts'
import { derivePlan, type KnownChat } from '#sync/plan.ts'
import { deriveDesiredChats } from '#sync/rules.ts'
import { capabilities, type KnownInStory, type Scenario } from './scenario.ts'

// Every file of this folder that begins with a number is a story; its name is the test's title.

const empty = {
  organisation: { id: 'школа', name: 'Школа' },
  classes: [],
  subgroups: [],
  subjects: [],
  classTeachers: [],
  pupils: [],
  subgroupPupils: [],
  guardians: [],
  staff: [],
  lessons: [],
}

function knownChat(story: KnownInStory, { removedThisWeek = {}, decisions = {} }: Scenario): KnownChat {
  const { seen } = story
  return {
    id: story.key,
    key: story.key,
    kind: story.kind,
    state: story.state ?? 'live',
    title: story.title,
    titleBy: story.titleBy ?? 'template',
    seen:
      typeof seen === 'string' ? { state: seen } : { state: 'present', title: seen.title ?? story.title, accounts: new Set(seen.accounts) },
    managed: story.managed ?? true,
    removedThisWeek: removedThisWeek[story.key] ?? 0,
    members: story.members.map(([personId, role, state, account, goneHow = null]) => ({
      personId,
      role,
      state,
      account,
      formers: [],
      retryDue: true,
      goneHow,
      decision: decisions[personId] ?? null,
    })),
  }
}

for (const file of readdirSync(import.meta.dirname)
  .filter((name) => /^\d/.test(name))
  .sort()) {
  const { scenario } = (await import(`./${file}`)) as { scenario: Scenario }
  test(file.replace(/^\d+-/, '').replace(/\.ts$/, '').replaceAll('-', ' '), () => {
    const way = capabilities(scenario.way ?? 'direct')
    const desired = deriveDesiredChats(
      { ...empty, ...scenario.roster },
      chatRules.parse(scenario.rules ?? {}),
      {},
      way.title.longest,
      scenario.exceptions,
    )
    const known = (scenario.known ?? []).map((chat) => knownChat(chat, scenario))
    const input = {
      desired,
      known,
      links: new Map(Object.entries(scenario.links)),
      capabilities: way,
      limits: brakeLimits.parse(scenario.brake ?? {}),
      driftRules: driftRules.parse(scenario.driftRules ?? {}),
      source: { complete: !scenario.sourceIncomplete },
      school: { removedThisWeek: known.reduce((sum, chat) => sum + chat.removedThisWeek, 0) },
    }
    const plan = derivePlan(input)
    assert.deepEqual(
      plan.chats.flatMap((chat) => chat.steps),
      scenario.steps,
    )
    assert.deepEqual(
      plan.chats.flatMap((chat) => chat.held),
      scenario.held ?? [],
    )
    const waiting = plan.chats
      .filter((chat) => chat.waiting.length > 0)
      .map((chat) => [chat.key, chat.waiting.map((person) => person.personId)])
    assert.deepEqual(Object.fromEntries(waiting), scenario.waiting ?? {})
    assert.equal(plan.counts.strangers, scenario.strangers ?? 0)
    if (scenario.drift) {
      const drift = plan.chats.filter((chat) => chat.drift.length > 0).map((chat) => [chat.key, chat.drift.map(({ kind }) => kind)])
      assert.deepEqual(Object.fromEntries(drift), scenario.drift)
    }
    // The same input gives the same plan to the letter, in whatever order it is told.
    const retold = derivePlan({ ...input, desired: desired.toReversed(), known: input.known.toReversed() })
    assert.equal(derivePlan(input).fingerprint, plan.fingerprint)
    assert.equal(retold.counts.add, plan.counts.add)
  })
}
