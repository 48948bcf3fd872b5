import fc from 'fast-check'
import { histories } from './acts.ts'
import { testHistories } from './run.ts'

testHistories('where people are added, every law holds in every history', histories(fc.constant('direct'), false), 700, 20260901)
