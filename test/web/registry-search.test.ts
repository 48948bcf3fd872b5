import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageSizes as allowedSizes, chatQuery, chatSorts } from '../../src/contract/chats.ts'
import { pageSizes, readRegistrySearch, toQuery } from '../../src/web/pages/registry-search.ts'

test('an address of the registry asks for what it says', () => {
  const search = readRegistrySearch({ q: 'учит', kind: 'TEACHER', state: 'live', sort: '-synced', page: 2, size: 50 })
  assert.deepEqual(toQuery(search), { q: 'учит', kind: 'TEACHER', state: 'live', sort: '-synced', page: 2, size: 50 })
})

test('what is not understood in an address is left out, and what is usual is not written', () => {
  assert.deepEqual(readRegistrySearch({ kind: 'GANG', state: 'x', sort: 'up', page: -1, size: 7, class: '1', chat: 'x' }), {})
  assert.deepEqual(readRegistrySearch({ sort: 'title', page: 1, size: 20 }), {})
})

test('the browser offers the orders and the page sizes that the server takes', () => {
  for (const sort of chatSorts) {
    assert.equal(toQuery(readRegistrySearch({ sort })).sort, sort)
    assert.ok(chatQuery.safeParse({ sort }).success)
  }
  assert.deepEqual([...pageSizes], [...allowedSizes])
})
