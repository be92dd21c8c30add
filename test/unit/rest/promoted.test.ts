/**
 * Goal     what a search makes is garbage when it has been answered: nothing of it grows old.
 * Method   thousands of searches of a kind, and how much V8's old generation has grown. A generator function that is made within another
 *          function has a map of its own there, which keeps all that the function saw until the next full collection.
 */
import { getHeapSpaceStatistics } from 'node:v8'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { median } from '../../../bench/support/curve.ts'
import type { OpenDatabase } from '../../../src/rest/index.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

const rounds = 5
const searchesPerRound = 500
/** Code that gets fast meanwhile and its counters lie there too. */
const bytesMax = 1_000

const kinds: Readonly<Record<string, readonly [path: string, body: unknown]>> = {
  'a count': ['/a/_count', { query: { term: { word: 'even' } } }],
  ids: ['/a/_search', { query: { ids: { values: ['1', '2'] } } }],
  'a prefix': ['/a/_search', { query: { prefix: { word: 'ev' } }, size: 1 }],
  'a prefix of a column': ['/a/_search', { query: { prefix: { column: 'ev' } }, size: 1 }],
  'sources that are many': ['/a/_search', { size: 60 }],
  'a filter of neighbours': [
    '/a/_search',
    {
      knn: {
        field: 'v',
        query_vector: [1, 0],
        k: 2,
        num_candidates: 10,
        filter: { prefix: { word: 'ev' } }
      },
      size: 60
    }
  ]
}

async function openFilled(t: ExecutionContext): Promise<OpenDatabase> {
  const db = await openDatabase(t, await temporaryFolder(t))
  const properties = {
    word: { type: 'keyword' },
    column: { type: 'keyword', index: false },
    v: { type: 'dense_vector', dims: 2, similarity: 'l2_norm' }
  }
  await db.handle({ method: 'PUT', path: '/a', body: { mappings: { properties } } })
  const lines: unknown[] = []
  for (let at = 0; at < 60; at++) {
    const word = at % 2 === 0 ? 'even' : 'odd'
    lines.push({ index: { _id: String(at) } }, { word, column: word, v: [at, 1] })
  }
  await db.handle({ method: 'POST', path: '/a/_bulk', body: lines })
  await db.handle({ method: 'POST', path: '/a/_forcemerge' })
  return db
}

function oldBytes(): number {
  const spaces = getHeapSpaceStatistics()
  return spaces.find((space) => space.space_name === 'old_space')!.space_used_size
}

for (const [name, [path, body]] of Object.entries(kinds))
  test.serial(`what is made for ${name} does not grow old`, async (t) => {
    const db = await openFilled(t)
    const grown: number[] = []
    for (let round = 0; round < rounds; round++) {
      const before = oldBytes()
      for (let at = 0; at < searchesPerRound; at++) {
        const { status } = await db.handle({ method: 'POST', path, body: JSON.stringify(body) })
        t.is(status, 200)
      }
      grown.push((oldBytes() - before) / searchesPerRound)
    }
    t.log(grown)
    t.true(median(grown) < bytesMax, grown.join(', '))
  })
