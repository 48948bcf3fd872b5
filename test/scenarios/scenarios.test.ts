import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
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
  chatLessons: [],
}

function knownChat(story: KnownInStory): KnownChat {
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
    members: story.members.map(([personId, role, state, account]) => ({ personId, role, state, account, retryDue: true })),
  }
}

for (const file of readdirSync(import.meta.dirname)
  .filter((name) => /^\d/.test(name))
  .sort()) {
  const { scenario } = (await import(`./${file}`)) as { scenario: Scenario }
  test(file.replace(/^\d+-/, '').replace(/\.ts$/, '').replaceAll('-', ' '), () => {
    const way = capabilities(scenario.way ?? 'direct')
    const desired = deriveDesiredChats({ ...empty, ...scenario.roster }, {}, way.title.longest)
    const input = {
      desired,
      known: (scenario.known ?? []).map(knownChat),
      links: new Map(Object.entries(scenario.links)),
      capabilities: way,
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
    // The same input gives the same plan to the letter, in whatever order it is told.
    const retold = derivePlan({ ...input, desired: desired.toReversed(), known: input.known.toReversed() })
    assert.equal(derivePlan(input).fingerprint, plan.fingerprint)
    assert.equal(retold.counts.add, plan.counts.add)
  })
}
