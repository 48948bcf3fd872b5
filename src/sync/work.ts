import type { ChatKind, MemberRole } from '#contract/kinds.ts'
import type { AccountId, Answer, ChatNumber, Messenger, MessengerError, Operation, Outcome } from '#messengers/messenger.ts'
import type { StepRow } from './journal.ts'
import type { Orphan } from './orphans.ts'
import type { MemberChange, Step } from './plan.ts'
import { hasMinors } from './rules.ts'
import type { Effects, Failure } from './settle.ts'

type StepOf<Kind extends Step['kind']> = Omit<StepRow, 'step'> & { step: Extract<Step, { kind: Kind }> }
type Entering = StepOf<'add-member'> | StepOf<'invite-member'>

/** One operation for the messenger with what its outcome means. */
export type Task = {
  chat: ChatWork
  operation: Operation
  /** Journal rows that this operation carries out. */
  seqs: number[]
  attempts: number
  /** Writes what the outcome changed into `effects` and returns what can be done next. */
  settle: (outcome: Outcome, effects: Effects) => Task[]
}

export type ChatFacts = {
  id: string
  kind: ChatKind
  number: ChatNumber | null
  inviteLink: boolean
  /** An earlier run asked for this chat and never learnt the answer. */
  creating: boolean
  /** Roles of the people who are inside, as far as we know. */
  inside: { personId: string; role: MemberRole }[]
}

const phases = [
  'create',
  'link',
  'rename',
  'adults',
  'others',
  'notice',
  'strangers-leave',
  'minors-leave',
  'adults-leave',
  'over',
] as const

/**
 * One chat's part of a run: its steps in the order that law 11 wants. A phase begins when the one before is finished;
 * chats do not wait for each other. The state lives in the journal: this object is made anew after a crash.
 */
export class ChatWork {
  readonly id: string
  number: ChatNumber | null
  private phase = 0
  private open = 0
  private hasLink: boolean
  private readonly kind: ChatKind
  private readonly actor: string
  private readonly inside: Map<string, MemberRole>
  private readonly membersAtCreation: number
  private readonly mayAdd: boolean
  private readonly create: StepOf<'create-chat'> | undefined
  private readonly rename: StepOf<'rename-chat'> | undefined
  private entering: Entering[]
  private readonly notices: StepOf<'send-notice'>[]
  private readonly strangers: StepOf<'remove-stranger'>[]
  private readonly leaving: StepOf<'remove-member'>[]
  private readonly wasCreating: boolean
  /** People whose new account is to come in; until it has, the old one stays. */
  private readonly awaited: Set<string>

  constructor(facts: ChatFacts, rows: readonly StepRow[], messenger: Messenger, actor: string) {
    this.id = facts.id
    this.kind = facts.kind
    this.number = facts.number
    this.hasLink = facts.inviteLink
    this.inside = new Map(facts.inside.map(({ personId, role }) => [personId, role]))
    this.actor = actor
    const { add, membersAtCreation, largestChat } = messenger.capabilities
    this.mayAdd = add === 'direct'
    this.membersAtCreation = Math.min(membersAtCreation, largestChat - 1)
    this.create = rows.find((row): row is StepOf<'create-chat'> => row.step.kind === 'create-chat')
    this.rename = rows.find((row): row is StepOf<'rename-chat'> => row.step.kind === 'rename-chat')
    this.entering = rows.filter((row): row is Entering => row.step.kind === 'add-member' || row.step.kind === 'invite-member')
    this.notices = rows.filter((row): row is StepOf<'send-notice'> => row.step.kind === 'send-notice')
    this.strangers = rows.filter((row): row is StepOf<'remove-stranger'> => row.step.kind === 'remove-stranger')
    this.wasCreating = facts.creating
    this.leaving = rows.filter((row): row is StepOf<'remove-member'> => row.step.kind === 'remove-member')
    this.awaited = new Set(this.entering.filter((row) => row.step.kind === 'add-member').map((row) => row.step.personId))
    // A chat that is wanted anew (the old one is gone) has nobody inside and no link.
    if (this.create) {
      this.number = null
      this.hasLink = false
      this.inside.clear()
    }
  }

  /** True while it is not known whether the messenger made this chat: a crash or a lost reply came between. */
  get unsure(): boolean {
    return this.create !== undefined && this.number === null && (this.create.wasSent || this.wasCreating)
  }

  get title(): string {
    return this.create?.step.title ?? ''
  }

  /** What can be done now; called at the start and by every settled task of this chat. */
  next(effects: Effects): Task[] {
    while (this.open === 0 && phases[this.phase] !== 'over') {
      const tasks = this.tasksOf(phases[this.phase] ?? 'over', effects)
      this.phase++
      this.open = tasks.length
      if (tasks.length > 0) return tasks
    }
    return []
  }

  private tasksOf(phase: (typeof phases)[number], effects: Effects): Task[] {
    switch (phase) {
      case 'create':
        return this.create && this.number === null ? [this.createTask(this.create, this.create.step.title, this.firstMembers())] : []
      case 'link':
        return this.hasLink || this.number === null ? [] : [this.linkTask(this.number)]
      case 'rename':
        return this.rename && this.number !== null ? [this.renameTask(this.rename, this.number)] : []
      case 'adults':
        return this.enterTasks((row) => row.step.isSchoolAdult, effects)
      case 'others':
        // Law 11: everybody planned was planned because an adult would be there; if none came in, pupils stay outside.
        return this.enterTasks((row) => !row.step.isSchoolAdult, effects)
      case 'notice':
        return this.notices.flatMap((row) => this.plainTasks(row, (chat) => ({ kind: 'send-notice', chat, text: row.step.text })))
      case 'strangers-leave':
        return this.strangers.flatMap((row) => this.strangerTasks(row))
      case 'minors-leave':
        return this.leaveTasks((row) => !row.step.isSchoolAdult, effects)
      case 'adults-leave':
        return this.leaveTasks((row) => row.step.isSchoolAdult, effects)
      case 'over':
        return []
    }
  }

  private task(operation: Operation, seqs: number[], onOutcome: (outcome: Outcome, effects: Effects) => Task[] | 'closed'): Task {
    const settle = (outcome: Outcome, effects: Effects): Task[] => {
      const followers = onOutcome(outcome, effects)
      if (followers !== 'closed') return followers
      this.open--
      return this.next(effects)
    }
    return { chat: this, operation, seqs, attempts: 0, settle }
  }

  // -- creating

  private firstMembers(): AccountId[] {
    return this.entering
      .filter((row) => row.step.kind === 'add-member' && row.step.role !== 'STUDENT')
      .slice(0, this.membersAtCreation)
      .map((row) => row.step.account)
  }

  private createTask(row: StepOf<'create-chat'>, title: string, members: AccountId[]): Task {
    return this.task({ kind: 'create-chat', title, members }, [row.seq], (outcome, effects) => {
      if (outcome.ok && outcome.answer.kind === 'created') {
        this.created(outcome.answer, title, effects)
        return 'closed'
      }
      const error = errorOf(outcome)
      // The whole list may be refused for one person's sake: make the chat empty and add them one by one.
      if (members.length > 0 && (error.kind === 'rejected' || error.kind === 'forbidden')) return [this.createTask(row, title, [])]
      effects.chats.push({ chatId: this.id, change: 'failed', failure: failureOf(error) })
      effects.steps.push({ seq: row.seq, state: 'failed', failure: failureOf(error) })
      this.skipTheRest(effects)
      return 'closed'
    })
  }

  /** The orphan of an attempt whose answer was lost becomes this chat; what can be done next is returned. */
  adopt(orphan: Orphan, effects: Effects): Task[] {
    const wanted = new Set(this.entering.map((row) => row.step.account))
    // Somebody who was named then and has unlinked or linked another account since is inside: the next plan has to know whom to take out.
    for (const { personId, account } of orphan.named) {
      if (wanted.has(account)) continue
      if (this.entering.some((row) => row.step.personId === personId)) effects.formersFound.push({ chatId: this.id, personId, account })
      else effects.members.push({ chatId: this.id, personId, state: 'member', account, failure: null })
    }
    this.created(orphan, orphan.title, effects)
    return this.closeOpenCreate(effects)
  }

  /** Nobody can tell whose orphan it is: the chat stays `creating`, and the next run looks again. */
  giveUp(effects: Effects): Task[] {
    const failure: Failure = { kind: 'unavailable', vendorCode: null }
    if (this.create) effects.steps.push({ seq: this.create.seq, state: 'failed', failure })
    return this.skipTheRest(effects)
  }

  private skipTheRest(effects: Effects): Task[] {
    for (const { seq } of [...this.entering, ...this.notices, ...this.strangers, ...this.leaving])
      effects.steps.push({ seq, state: 'skipped', failure: null })
    this.phase = phases.indexOf('over')
    return []
  }

  /** The create task is not asked again: its place is free. */
  private closeOpenCreate(effects: Effects): Task[] {
    if (this.open === 0) return []
    this.open--
    return this.next(effects)
  }

  /** The chat exists: made just now, or found as the orphan of an attempt whose answer was lost. */
  private created(answer: { chat: ChatNumber; members: AccountId[] | null }, title: string, effects: Effects): void {
    this.number = answer.chat
    effects.chats.push({ chatId: this.id, change: 'created', actor: this.actor, number: answer.chat, title })
    if (this.create) effects.steps.push({ seq: this.create.seq, state: 'done', failure: null })
    const inside = new Set(answer.members ?? [])
    for (const row of this.entering) if (inside.has(row.step.account)) this.entered(row, effects)
    this.entering = this.entering.filter((row) => !inside.has(row.step.account))
  }

  private linkTask(number: ChatNumber): Task {
    return this.task({ kind: 'read-invite-link', chat: number }, [], (outcome, effects) => {
      if (outcome.ok && outcome.answer.kind === 'invite-link') {
        this.hasLink = true
        effects.chats.push({ chatId: this.id, change: 'invite-link', link: outcome.answer.link })
      }
      return 'closed'
    })
  }

  private renameTask(row: StepOf<'rename-chat'>, number: ChatNumber): Task {
    const { to } = row.step
    return this.task({ kind: 'rename-chat', chat: number, title: to }, [row.seq], (outcome, effects) => {
      if (outcome.ok) {
        effects.chats.push({ chatId: this.id, change: 'renamed', title: to })
        effects.steps.push({ seq: row.seq, state: 'done', failure: null })
      } else effects.steps.push({ seq: row.seq, state: 'failed', failure: failureOf(outcome.error) })
      return 'closed'
    })
  }

  /** A step that changes nothing of what we know about the chat but itself. */
  private plainTasks(row: StepRow, operation: (chat: ChatNumber) => Operation, then?: (effects: Effects) => void): Task[] {
    if (this.number === null) return []
    const task = this.task(operation(this.number), [row.seq], (outcome, effects) => {
      if (outcome.ok) then?.(effects)
      effects.steps.push(
        outcome.ok ? { seq: row.seq, state: 'done', failure: null } : { seq: row.seq, state: 'failed', failure: failureOf(outcome.error) },
      )
      return 'closed'
    })
    return [task]
  }

  private strangerTasks(row: StepOf<'remove-stranger'>): Task[] {
    const { account } = row.step
    return this.plainTasks(
      row,
      (chat) => ({ kind: 'remove-member', chat, member: account }),
      (effects) => effects.strangers.push({ chatId: this.id, account }),
    )
  }

  // -- entering

  private enterTasks(which: (row: Entering) => boolean, effects: Effects): Task[] {
    const number = this.number
    if (number === null) return []
    return this.entering.filter(which).flatMap((row) => {
      if (row.step.role === 'STUDENT' && hasMinors(this.kind) && !this.hasAdult()) {
        effects.steps.push({ seq: row.seq, state: 'skipped', failure: null })
        return []
      }
      // Whoever was named at the creation and did not get in can only be invited where nobody may be added.
      if (row.step.kind === 'invite-member' || !this.mayAdd) {
        this.invited(row, effects)
        return []
      }
      return [this.addTask(row, row.step, number)]
    })
  }

  private addTask(row: Entering, change: MemberChange, number: ChatNumber): Task {
    return this.task({ kind: 'add-member', chat: number, member: change.account }, [row.seq], (outcome, effects) => {
      if (outcome.ok) {
        this.entered(row, effects)
        return 'closed'
      }
      if (outcome.error.maybeAlreadySo) return [this.verifyTask(row, number, 0, outcome.error)]
      this.refused(row, outcome.error, effects)
      return 'closed'
    })
  }

  /** «Already in the chat» and «not allowed» can sound the same: look. */
  private verifyTask(row: Entering, number: ChatNumber, offset: number, refusal: MessengerError): Task {
    return this.task({ kind: 'list-members', chat: number, offset }, [], (outcome, effects) => {
      const page = outcome.ok && outcome.answer.kind === 'members' ? outcome.answer : null
      if (page?.members.includes(row.step.account)) this.entered(row, effects)
      else if (page && page.read > 0 && offset + page.read < page.total) return [this.verifyTask(row, number, offset + page.read, refusal)]
      else this.refused(row, refusal, effects)
      return 'closed'
    })
  }

  private entered(row: Entering, effects: Effects): void {
    this.awaited.delete(row.step.personId)
    this.inside.set(row.step.personId, row.step.role)
    this.settleMember(row, 'member', effects)
  }

  private invited(row: Entering, effects: Effects): void {
    if (this.hasLink) this.settleMember(row, 'invited', effects)
    // Without a link an invitation is an empty word; the next run reads the link again.
    else effects.steps.push({ seq: row.seq, state: 'failed', failure: { kind: 'unavailable', vendorCode: null } })
  }

  private refused(row: Entering, error: MessengerError, effects: Effects): void {
    const failure = failureOf(error)
    effects.steps.push({ seq: row.seq, state: 'failed', failure })
    effects.members.push({ chatId: this.id, personId: row.step.personId, state: 'failed', account: row.step.account, failure })
  }

  private settleMember(row: Entering, state: 'member' | 'invited', effects: Effects): void {
    effects.steps.push({ seq: row.seq, state: 'done', failure: null })
    effects.members.push({ chatId: this.id, personId: row.step.personId, state, account: row.step.account, failure: null })
  }

  // -- leaving

  private leaveTasks(which: (row: StepOf<'remove-member'>) => boolean, effects: Effects): Task[] {
    const number = this.number
    if (number === null) return []
    return this.leaving.filter(which).flatMap((row) => {
      const { personId, becomes } = row.step
      // The old account goes when the new one is in; the person stays, and nobody is left alone.
      const allowed = becomes === 'stays' ? !this.awaited.has(personId) : !this.wouldLeavePupilsAlone(personId)
      if (!allowed) {
        effects.steps.push({ seq: row.seq, state: 'skipped', failure: null })
        return []
      }
      if (becomes !== 'stays') this.inside.delete(personId)
      return [this.removeTask(row, number)]
    })
  }

  private removeTask(row: StepOf<'remove-member'>, number: ChatNumber): Task {
    const { personId, role, account, becomes } = row.step
    return this.task({ kind: 'remove-member', chat: number, member: account }, [row.seq], (outcome, effects) => {
      if (outcome.ok) {
        effects.steps.push({ seq: row.seq, state: 'done', failure: null })
        if (becomes === 'stays') effects.formers.push({ chatId: this.id, personId, account })
        else effects.members.push({ chatId: this.id, personId, state: becomes, account: null, failure: null })
      } else {
        if (becomes !== 'stays') this.inside.set(personId, role)
        effects.steps.push({ seq: row.seq, state: 'failed', failure: failureOf(outcome.error) })
      }
      return 'closed'
    })
  }

  private hasAdult(except?: string): boolean {
    return [...this.inside].some(([personId, role]) => personId !== except && (role === 'TEACHER' || role === 'ADMIN'))
  }

  private wouldLeavePupilsAlone(leaving: string): boolean {
    const role = this.inside.get(leaving)
    if (!hasMinors(this.kind) || role === undefined || role === 'STUDENT') return false
    return [...this.inside.values()].includes('STUDENT') && !this.hasAdult(leaving)
  }
}

function errorOf(outcome: Outcome): MessengerError {
  if (!outcome.ok) return outcome.error
  throw new Error(`An answer of another kind than was asked for: ${outcome.answer.kind satisfies Answer['kind']}`)
}

export const failureOf = ({ kind, vendorCode }: MessengerError): Failure => ({ kind, vendorCode })
