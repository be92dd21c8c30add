/**
 * Goal: requests and answers of Elasticsearch, as its documents and clients know them, hold against a real node.
 * Method: every text file in elasticsearch/ runs in order against an empty data folder of its own.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { differences, parseExchanges, runExchanges } from './exchange.ts'

const folder = join(import.meta.dirname, 'elasticsearch')

for (const file of readdirSync(folder).toSorted()) {
  test(`handle: answers ${file} as Elasticsearch does`, async (t) => {
    t.deepEqual(await runExchanges(join(folder, file)), [])
  })
}

test('parseExchanges: a request, its headers and body, the status and the answer', (t) => {
  const [only] = parseExchanges(
    '# Title\nPOST /a?b=c\nx-y: 1\n{"d":1}\n{"e":2}\n----\n201\nallow: GET\n{"f": 3}\n'
  )
  t.like(only, {
    title: 'Title',
    method: 'POST',
    path: '/a?b=c',
    headers: { 'x-y': '1' },
    body: '{"d":1}\n{"e":2}\n',
    status: 201,
    answerHeaders: { allow: 'GET' },
    answer: '{"f": 3}'
  })
})

test('differences: a value, a missing member and a member too many are told', (t) => {
  const wanted = { a: 1, b: '<number>', c: ['<string>'], d: '</^x/>' }
  t.deepEqual(differences(wanted, { a: 1, b: 2, c: ['x'], d: 'xy' }), [])
  t.is(differences(wanted, { a: 2, b: 'x', c: [], d: 'y' }).length, 4)
  t.is(differences({ a: 1 }, { a: 1, b: 2 }).length, 1)
  t.is(differences({ a: 1, '...': '' }, { a: 1, b: 2 }).length, 0)
  t.is(differences({ a: 1 }, {}).length, 1)
})
