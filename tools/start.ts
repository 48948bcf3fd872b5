import { buildWebIfStale } from './web-build.ts'

// npm start: one process for both, so that a signal reaches the program and not a shell around it.
await buildWebIfStale()
await import('../src/main.ts')
