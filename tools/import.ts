import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { passwordLength } from '#contract/auth.ts'
import { asSystem, type Database, openDatabase } from '#db/database.ts'
import { startEmbedded } from '#db/embedded.ts'
import { DatabaseRefusal, migrate } from '#db/migrate.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'
import { migrateJobs } from '#jobs/runner.ts'
import { todayIn } from '#register/calendar.ts'
import type { ImportReport } from '#register/import/report.ts'
import { administratorPosts } from '#register/import/roles.ts'
import { importSds } from '#register/import/sds.ts'
import { ConfigRefusal, readConfig, trustExtraCa } from '../src/config.ts'

// npm run import -- FOLDER: brings a folder of SDS v2.1 CSV into the register and opens sign-ins for its people.

const usage = 'npm run import -- ПАПКА [--org ШКОЛА] [--current-year] [--admin ЛОГИН]'

const input = readArguments()
if (input) {
  try {
    await run(input)
  } catch (error) {
    if (!(error instanceof ConfigRefusal || error instanceof DatabaseRefusal)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
} else {
  process.stderr.write(`Использование: ${usage}\n`)
  process.exitCode = 1
}

type Input = { folder: string; org: string | undefined; currentYear: boolean; admin: string | undefined }

function readArguments(): Input | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { org: { type: 'string' }, 'current-year': { type: 'boolean' }, admin: { type: 'string' } },
    })
    const [folder] = positionals
    const admin = values.admin?.trim()
    if (folder === undefined || positionals.length > 1 || (admin !== undefined && !isLogin(admin))) return null
    return { folder, org: values.org?.trim() || undefined, currentYear: values['current-year'] === true, admin }
  } catch {
    return null
  }
}

async function run({ folder, org, currentYear, admin }: Input): Promise<void> {
  const { config, secrets } = readConfig()
  if (config.extraCaFile) trustExtraCa(config.extraCaFile)
  await using opened = new AsyncDisposableStack()
  const url = secrets.databaseUrl ?? (await openEmbedded(config.dataFolder, opened))
  await migrate(url, migrateJobs)
  const { db, close } = openDatabase(url, () => {})
  opened.defer(close)

  const report = await importSds(db, folder, { on: todayIn('Europe/Moscow', Date.now()), organisationName: org, currentYear })
  print(describe(report))
  if (report.broken.length > 0) {
    process.exitCode = 1
    return
  }
  print(await createSignIns(db, report))
  print(await createAdministrators(db, report, admin))
}

/** The server of the program that runs on the data folder, where there is one; else one of our own for as long as we work. */
async function openEmbedded(dataFolder: string, opened: AsyncDisposableStack): Promise<string> {
  const folder = join(dataFolder, 'pg')
  try {
    const server = await startEmbedded({ folder })
    opened.defer(server.stop)
    return server.url
  } catch (refusal) {
    if (!(refusal instanceof DatabaseRefusal)) throw refusal
    const url = await findRunning(dataFolder, folder)
    if (url === null) throw refusal
    return url
  }
}

async function findRunning(dataFolder: string, folder: string): Promise<string | null> {
  try {
    // The fourth line of postmaster.pid is the port (PostgreSQL's own format, stable since 9.1).
    const port = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[3])
    const password = readFileSync(join(dataFolder, 'pg-password'), 'utf8').trim()
    const url = `postgres://aiti:${password}@127.0.0.1:${port}/aiti`
    const { db, close } = openDatabase(url, () => {}, 1)
    try {
      await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute()
      return url
    } finally {
      await close()
    }
  } catch {
    return null
  }
}

function describe({ files, refused, broken, notes, organisations }: ImportReport): string[] {
  if (broken.length > 0) {
    const places = broken.map(({ file, row, column, reason }) => `  ${[file, place(row, column)].filter(Boolean).join(', ')}: ${reason}`)
    return ['Ничего не загружено и не изменено.', ...places, ...notes]
  }
  const numbers = ['rows', 'created', 'updated', 'unchanged', 'refused', 'elsewhere'] as const
  const headings = ['строк', 'создано', 'изменено', 'без изменений', 'отклонено', 'другие школы']
  const table = files.map((file) => file.file.padEnd(22) + numbers.map((name) => String(file[name]).padStart(14)).join(''))
  return [
    'Файл'.padEnd(22) + headings.map((heading) => heading.padStart(14)).join(''),
    ...table,
    ...(refused.length > 0 ? ['Отклонённые строки:'] : []),
    ...refused.map(({ file, row, column, reason }) => `  ${file}, ${place(row, column)}: ${reason}`),
    'Организации:',
    ...organisations.map(({ name, kind, created }) => `  ${name} (${kind === 'school' ? 'школа' : 'регион'}${created ? ', новая' : ''})`),
    ...notes,
  ]
}

function place(row: number | null, column: string | null): string {
  return [row === null ? '' : `строка ${row}`, column === null ? '' : `столбец ${column}`].filter(Boolean).join(', ')
}

// What identity/auth.ts takes at the sign-in.
function isLogin(login: string): boolean {
  return login.length <= 100 && /^[\p{L}\p{N}._@+-]+$/u.test(login)
}

function isPassword(password: string): boolean {
  return password.length >= passwordLength.least && password.length <= passwordLength.most
}

async function createSignIns(db: Database, { accounts }: ImportReport): Promise<string[]> {
  let created = 0
  let taken = 0
  let unfit = 0
  for (const { personId, login, password } of accounts) {
    if (password === null) continue
    if (!isLogin(login) || !isPassword(password)) unfit++
    else {
      const outcome = await openSignIn(db, { personId, login, password })
      if (outcome === 'created') created++
      if (outcome === 'taken') taken++
    }
  }
  return [
    `Входов создано: ${created}.`,
    ...(taken > 0 ? [`Не создано, потому что логин уже занят (тот же человек в другой организации или другой человек): ${taken}.`] : []),
    ...(unfit > 0 ? [`Не создано, потому что логин или пароль не подходят (пароль от ${passwordLength.least} знаков): ${unfit}.`] : []),
  ]
}

type SignIn = { personId: string; login: string; password: string }

function openSignIn(db: Database, signIn: SignIn): Promise<'created' | 'unchanged' | 'taken'> {
  return asSystem(db, async (tx) => {
    const owner = await tx.selectFrom('auth_user').select('person_id').where('username', '=', signIn.login.toLowerCase()).executeTakeFirst()
    return owner && owner.person_id !== signIn.personId ? 'taken' : ensureSignIn(tx, signIn)
  })
}

/** Every imported school gets somebody who can work with it: its principal, or a technical administrator with the given login. */
async function createAdministrators(db: Database, { organisations, accounts }: ImportReport, login: string | undefined): Promise<string[]> {
  const lines: string[] = []
  for (const school of organisations.filter(({ kind }) => kind === 'school')) {
    const granted = await asSystem(db, (tx) =>
      tx
        .selectFrom('role_grant')
        .select('person_id')
        .where('organisation_id', '=', school.id)
        .where('role', '=', 'administrator')
        .executeTakeFirst(),
    )
    if (granted) continue
    lines.push((await appoint(db, school, accounts)) ?? (await createTechnical(db, school, login)))
  }
  return lines
}

type School = ImportReport['organisations'][number]

async function appoint(db: Database, school: School, accounts: ImportReport['accounts']): Promise<string | null> {
  const own = accounts.filter(({ organisationId, login }) => organisationId === school.id && isLogin(login))
  const posts = await asSystem(db, (tx) =>
    tx
      .selectFrom('staff_post')
      .select(['person_id', 'post'])
      .where('organisation_id', '=', school.id)
      .where('post', 'in', administratorPosts)
      .execute(),
  )
  const byRank = posts.toSorted((a, b) => administratorPosts.indexOf(a.post) - administratorPosts.indexOf(b.post))
  for (const { person_id: personId, post } of byRank) {
    const account = own.find((one) => one.personId === personId)
    if (!account) continue
    const generated = newPassword()
    const outcome = await openSignIn(db, { personId, login: account.login, password: generated })
    if (outcome === 'taken') continue
    await grant(db, school, personId)
    const secret = outcome === 'created' ? `пароль ${generated} (больше нигде не показывается)` : 'пароль прежний'
    return `${school.name}: администратор — ${post}, логин ${account.login.toLowerCase()}, ${secret}.`
  }
  return null
}

async function createTechnical(db: Database, school: School, login: string | undefined): Promise<string> {
  if (login === undefined) return `${school.name}: администратора нет. Повторите загрузку с --admin ЛОГИН, и он будет создан.`
  const password = newPassword()
  // Of several schools each needs a login of its own: the first gets the one that was asked for.
  for (let number = 1; number < 1000; number++) {
    const own = number === 1 ? login : `${login}-${number}`
    const done = await asSystem(db, async (tx) => {
      const owner = await tx.selectFrom('auth_user').select('id').where('username', '=', own.toLowerCase()).executeTakeFirst()
      if (owner) return false
      const { id } = await tx
        .insertInto('person')
        .values({ organisation_id: school.id, surname: 'Администратор', given_name: 'школы' })
        .returning('id')
        .executeTakeFirstOrThrow()
      await ensureSignIn(tx, { personId: id, login: own, password })
      await tx.insertInto('role_grant').values({ organisation_id: school.id, person_id: id, role: 'administrator' }).execute()
      return true
    })
    if (done) return `${school.name}: создан администратор, логин ${own.toLowerCase()}, пароль ${password} (больше нигде не показывается).`
  }
  return `${school.name}: логин ${login} занят; повторите с другим --admin.`
}

async function grant(db: Database, school: School, personId: string): Promise<void> {
  const values = { organisation_id: school.id, person_id: personId, role: 'administrator' as const }
  await asSystem(db, (tx) => tx.insertInto('role_grant').values(values).execute())
}

function newPassword(): string {
  return randomBytes(12).toString('base64url')
}

function print(lines: string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}
