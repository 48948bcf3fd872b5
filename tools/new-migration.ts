import { readdirSync, writeFileSync } from 'node:fs'

// npm run db:new -- what_it_does
const name = process.argv[2]
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
  process.stderr.write('Say what it does in lower case, for example: npm run db:new -- chat_pictures\n')
  process.exit(1)
}
const folder = new URL('../src/db/migrations/', import.meta.url)
const last = Math.max(0, ...readdirSync(folder).map((file) => Number.parseInt(file, 10) || 0))
const file = `${String(last + 1).padStart(4, '0')}_${name}.sql`
writeFileSync(new URL(file, folder), '-- Why: \n', { flag: 'wx' })
process.stdout.write(`src/db/migrations/${file}\n`)
