import fc from 'fast-check'
import { histories } from './acts.ts'
import { testHistories } from './run.ts'

testHistories(
  'where processes die and runs are stopped, every law holds in every history',
  histories(fc.constantFrom('direct', 'invite'), true),
  900,
  20260903,
)
