import fc from 'fast-check'
import { histories } from './acts.ts'
import { testHistories } from './run.ts'

testHistories('where people come in by a link, every law holds in every history', histories(fc.constant('invite'), false), 400, 20260902)
