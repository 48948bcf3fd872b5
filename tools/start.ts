import { buildWebIfStale } from './web-build.ts'

// npm start: one process for both, so that a signal reaches the program and not a shell around it.
await buildWebIfStale()

// npm runs us in a shell and passes SIGTERM on to that shell alone: when the shell is gone, nobody is left to tell us.
const { ppid } = process
setInterval(() => {
  if (process.ppid !== ppid) process.kill(process.pid, 'SIGTERM')
}, 250).unref()

await import('../src/main.ts')
