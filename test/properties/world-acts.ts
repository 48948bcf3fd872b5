import type { PeopleAct, RegisterAct, WorldAct } from './acts.ts'
import * as register from './register.ts'
import type { Person, School } from './school.ts'
import { engineChats, nextYear, noteWishes, type World } from './world.ts'

/** Does it, where there is somebody or something to do it with, and says what was done; null: there was not. */
export async function changeWorld(world: World, act: WorldAct): Promise<string | null> {
  const told = isPeopleAct(act) ? inMessenger(world, act) : await inRegister(world, act)
  noteWishes(world)
  return told
}

const peopleActs = ['retitle', 'leave', 'kick', 'stranger', 'accept', 'delete-chat'] as const
const isPeopleAct = (act: WorldAct): act is PeopleAct => (peopleActs as readonly string[]).includes(act.does)

export const pick = <Item>(items: readonly Item[], nth: number): Item | undefined => items[nth % Math.max(1, items.length)]
const ofKind = (school: School, kind: Person['kind']) => school.people.filter((one) => one.kind === kind)

async function inRegister(world: World, act: RegisterAct): Promise<string | null> {
  const { db, school } = world
  switch (act.does) {
    case 'enrol': {
      const [pupil, to] = [pick(ofKind(school, 'pupil'), act.who), pick(school.classes, act.where)]
      if (!pupil || !to) return null
      await register.setClass(db, school, pupil, to)
      return `${pupil.called} goes to ${to.called}`
    }
    case 'expel': {
      const pupil = pick(ofKind(school, 'pupil'), act.who)
      if (!pupil) return null
      await register.setClass(db, school, pupil, null)
      return `${pupil.called} leaves the school`
    }
    case 'hire':
    case 'dismiss': {
      const one = pick(ofKind(school, 'staff'), act.who)
      if (!one || (act.does === 'hire') === school.staff.has(one)) return null
      await register.setStaff(db, school, one, act.does === 'hire')
      return act.does === 'hire' ? `${one.called} works here again` : `${one.called} works here no more`
    }
    case 'lead':
    case 'unlead': {
      const [one, of] = [pick(ofKind(school, 'staff'), act.who), pick(school.classes, act.where)]
      if (!one || !of) return null
      await register.setClassTeacher(db, school, one, of, act.does === 'lead')
      return act.does === 'lead' ? `${one.called} leads ${of.called}` : `${one.called} does not lead ${of.called}`
    }
    case 'guard':
    case 'unguard': {
      const [guardian, pupil] = [pick(ofKind(school, 'guardian'), act.who), pick(ofKind(school, 'pupil'), act.whom)]
      if (!guardian || !pupil) return null
      await register.setGuardian(db, school, pupil, guardian, act.does === 'guard')
      return act.does === 'guard' ? `${guardian.called} guards ${pupil.called}` : `${guardian.called} does not guard ${pupil.called}`
    }
    case 'name':
    case 'next-year':
    case 'lesson':
      return ofClass(world, act)
    case 'link':
    case 'unlink':
    case 'relink':
      return tie(world, act)
  }
}

async function ofClass(world: World, act: Extract<RegisterAct, { does: 'name' | 'next-year' | 'lesson' }>): Promise<string | null> {
  const { db, school } = world
  if (act.does === 'next-year') {
    if (school.year === 1) return null
    const ends = act.ends === null ? undefined : pick(school.classes, act.ends)
    if (ends) await register.setClassName(db, school, ends, 1, null)
    school.year = 1
    world.clock.at = Math.max(world.clock.at, nextYear)
    return `the next year comes${ends ? ` without ${ends.called}` : ''}`
  }
  const of = pick(school.classes, act.where)
  if (!of) return null
  if (act.does === 'name') {
    const title = `${school.names.length}${of.letter}-${world.story.length}`
    await register.setClassName(db, school, of, school.year, title)
    return `${of.called} is called ${title}`
  }
  if (of.lesson === null) return null
  await register.setLessonWanted(db, of, !of.lesson.wanted)
  return `the lesson of ${of.called} ${of.lesson.wanted ? 'wants' : 'does not want'} a chat`
}

async function tie(world: World, act: Extract<RegisterAct, { does: 'link' | 'unlink' | 'relink' }>): Promise<string | null> {
  const one = pick(world.school.people, act.who)
  if (!one) return null
  const now = world.school.links.get(one)
  if (act.does === 'unlink') {
    await register.setLink(world.db, world.school, one, null)
    return `${one.called} unlinks`
  }
  const account = act.does === 'relink' && now === one.account ? one.other : one.account
  await register.setLink(world.db, world.school, one, account)
  return `${one.called} links ${account === one.account ? 'their account' : 'another account'}`
}

function inMessenger(world: World, act: PeopleAct): string | null {
  const chat = pick(engineChats(world), act.chat)
  if (!chat) return null
  const { people } = world.model
  switch (act.does) {
    case 'retitle':
      // A chat that no registry knows yet and that people rename cannot be recognised: it is found among «Чаты вне реестра».
      if (!world.keys.has(chat.number)) return null
      people.rename(chat, `Переназван ${world.story.length}`)
      return `somebody renames «${chat.born}»`
    case 'leave':
    case 'kick': {
      const account = pick([...chat.members].sort(), act.who)
      if (account === undefined) return null
      people.goOut(chat, account, act.does === 'leave' ? 'left' : 'kicked')
      return `${calledBy(world, account)} ${act.does === 'leave' ? 'leaves' : 'is taken out of'} «${chat.born}»`
    }
    case 'stranger':
      // Somebody has to let a stranger in: an empty chat has nobody, and its link is known to the registry alone.
      if (chat.members.size === 0) return null
      people.comeIn(chat, `stranger${world.story.length}`)
      return `a stranger comes into «${chat.born}»`
    case 'accept': {
      const outside = world.school.people.filter((one) => {
        const account = world.school.links.get(one)
        return account !== undefined && !chat.members.has(account) && world.wanted.has(`${world.keys.get(chat.number)} ${account}`)
      })
      const one = pick(outside, act.who)
      if (!one) return null
      people.comeIn(chat, world.school.links.get(one) ?? '')
      return `${one.called} comes into «${chat.born}» by its link`
    }
    case 'delete-chat':
      people.remove(chat)
      return `«${chat.born}» is deleted in the messenger`
  }
}

const calledBy = (world: World, account: string): string => world.school.accounts.get(account)?.called ?? 'a stranger'
