import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { asSystem } from '#db/database.ts'
import { chatsInMessenger, type Site } from './site.ts'

// Who belongs where, read from the register by itself: a second opinion on the engine's rules, for the Демо школа only.

const belonging = sql<{ title: string; account: string }>`
  with school as (select id, name from organisation where name = 'Демо школа'),
  class as (select class_id, school.name || ' - ' || title || ' - ' as prefix from class_name join school on school.id = organisation_id),
  belongs (title, person_id) as (
    select prefix || 'Чат класса', person_id from class join enrolment using (class_id)
    union select prefix || 'Чат класса', person_id from class join class_teacher using (class_id)
    union select prefix || 'Родительский чат', person_id from class join class_teacher using (class_id)
    union select prefix || 'Родительский чат', guardian_id from class join enrolment using (class_id)
      join guardianship on pupil_id = enrolment.person_id
    union select 'Учительский чат', person_id from staff_post join school on school.id = organisation_id
    union select prefix || subject.name || ' - ' || subgroup.name, member.person_id
      from class join teaching using (class_id) join subject on subject.id = subject_id join subgroup on subgroup.id = subgroup_id
      cross join lateral (select teaching.person_id union select person_id from subgroup_membership
                          where subgroup_id = teaching.subgroup_id) member
      where chat_wanted)
  select title, external_id as account from belongs join link using (person_id) where system = 'sferum'`

/** The thirty chats are there once, and everybody in them (except who made them) is somebody whom the register puts there. */
export async function assertOnlyWhoBelongs(site: Site, share = 0.9): Promise<void> {
  const { rows } = await asSystem(site.house.db, (tx) => belonging.execute(tx))
  const allowed = Map.groupBy(rows, (row) => row.title)
  const chats = await chatsInMessenger(site)
  assert.equal(chats.length, 30)
  assert.equal(new Set(chats.map((chat) => chat.title)).size, 30)
  let inside = 0
  for (const { title, ownerId, members } of chats) {
    const accounts = new Set(allowed.get(title)?.map((row) => Number(row.account)))
    const strangers = members.filter(({ id }) => id !== ownerId && !accounts.has(id))
    assert.deepEqual(strangers, [], `in «${title}»`)
    inside += members.length - 1
  }
  // A few refuse to be added, and pupils wait where no adult of the school has linked yet.
  assert.ok(inside > rows.length * share, `${inside} of ${rows.length} are in`)
}
