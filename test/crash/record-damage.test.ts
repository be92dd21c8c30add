/**
 * Goal: one damaged record of any kind is never served as data, keeps no other index from serving, and is found by verify.
 * Method: a folder with every kind of record that is written is copied; one record is changed or taken away through
 * LevelDB; the answers to a list of requests are compared with those of the whole folder. Each is the same, or refused.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ClassicLevel } from 'classic-level'
import { elasticsearchDialect } from '../../src/dialect/index.ts'
import { RunningNode, resolveNodeOptions } from '../../src/node/index.ts'
import { open } from '../../src/rest/index.ts'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { openStore, parseKey } from '../../src/store/index.ts'
import type { KindName } from '../../src/store/index.ts'
import { verify } from '../../src/tool/verify.ts'
import { VectorStoreError } from '../../src/util/index.ts'
import { randomOf } from '../suite/store.ts'

const seed = Number(process.env['STORE_SEED'] ?? 20261121)
const options = { reserveFileBytes: 0, automaticJobs: false }
/** Enough for a graph, with levels above the lowest. */
const graphCount = 10_000
const smallCount = 300

type Level = ClassicLevel<Uint8Array, Uint8Array>
type Answer = { readonly status: number; readonly text: string }

const properties = {
  title: { type: 'text' },
  tag: { type: 'keyword' },
  year: { type: 'integer' },
  price: { type: 'double' },
  day: { type: 'date' },
  open: { type: 'boolean' },
  part: { type: 'nested', properties: { name: { type: 'keyword' } } },
  v: {
    type: 'dense_vector',
    dims: 4,
    index: true,
    similarity: 'cosine',
    index_options: { type: 'int8_hnsw' }
  },
  near: {
    type: 'elastiknn_dense_float_vector',
    elastiknn: { dims: 4, model: 'lsh', similarity: 'l2', L: 20, k: 2, w: 1 }
  },
  items: {
    type: 'elastiknn_sparse_bool_vector',
    elastiknn: { dims: 40, model: 'lsh', similarity: 'jaccard', L: 20, k: 1 }
  }
}

function smallDocument(at: number): Record<string, unknown> {
  const random = randomOf(at)
  return {
    title: `the ${at % 7 === 0 ? 'red' : 'blue'} boat number ${at} of ${at % 11} lakes`,
    tag: `tag${at % 13}`,
    year: 1_900 + (at % 120),
    price: at / 8,
    day: new Date(at * 86_400_000).toISOString(),
    open: at % 3 === 0,
    part: [{ name: `p${at % 5}` }, { name: `q${at % 4}` }],
    ...(at % 10 === 0 ? {} : { extra: at }),
    v: [random(), random(), random(), random() + 0.1],
    near: [random(), random(), random(), random()],
    items: { true_indices: [at % 3, 5 + (at % 11), 20 + (at % 17)], total_indices: 40 }
  }
}

async function request(
  db: OpenDatabase,
  method: string,
  path: string,
  body: unknown = null
): Promise<Answer> {
  const [route, query] = path.split('?') as [string, string?]
  const bytes =
    typeof body === 'string'
      ? Buffer.from(body)
      : body === null
        ? null
        : Buffer.from(JSON.stringify(body))
  const response = await db.handle({
    method,
    path: route,
    query: query ?? '',
    headers: {
      'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
    },
    body: bytes
  })
  const text = response.body === null ? '' : String(response.body)
  return { status: response.status, text: text.replace(/"took":\d+/, '"took":0') }
}

async function expectOk(answer: Promise<Answer>): Promise<void> {
  const { status, text } = await answer
  if (status > 201 || text.includes('"errors":true')) throw new Error(text.slice(0, 500))
}

function bulkOf(
  index: string,
  count: number,
  documentOf: (at: number) => unknown,
  first = 0
): string {
  const lines: string[] = []
  for (let at = first; at < first + count; at++)
    lines.push(
      JSON.stringify({
        index: { _index: index, _id: `d${at}`, ...(at % 9 === 0 ? { routing: 'r' } : {}) }
      }),
      JSON.stringify(documentOf(at))
    )
  return `${lines.join('\n')}\n`
}

/** Everything that is written: segments with deletes, a graph, operations behind the last flush, a bookmark, an alias. */
async function build(folder: string): Promise<void> {
  const db = await open(folder, options)
  await expectOk(request(db, 'PUT', '/whole', { mappings: { properties } }))
  await expectOk(request(db, 'PUT', '/hurt', { mappings: { properties } }))
  await expectOk(request(db, 'PUT', '/graph', { mappings: { properties: { v: properties.v } } }))
  for (const index of ['whole', 'hurt']) {
    await expectOk(request(db, 'POST', '/_bulk', bulkOf(index, smallCount, smallDocument)))
    await expectOk(request(db, 'POST', `/${index}/_flush`))
    await expectOk(request(db, 'DELETE', `/${index}/_doc/d5`))
    await expectOk(request(db, 'DELETE', `/${index}/_doc/d6`))
    await expectOk(request(db, 'POST', `/${index}/_flush`))
  }
  const random = randomOf(seed)
  const vector = (): unknown => ({
    v: [random() - 0.5, random() - 0.5, random() - 0.5, random() + 0.1]
  })
  for (let first = 0; first < graphCount; first += 2_000)
    await expectOk(request(db, 'POST', '/_bulk', bulkOf('graph', 2_000, vector, first)))
  await db.close()
  const store = await openStore(folder, { reserveFileBytes: 0 })
  const node = new RunningNode(folder, store, resolveNodeOptions(options), elasticsearchDialect())
  await node.load()
  await node.setBookmark('import', { at: 7 })
  for (const index of ['whole', 'hurt'])
    for (let at = 0; at < 20; at++) {
      const body = smallDocument(smallCount + at) as never
      const id = `late${at}`
      await node.write([
        { type: 'index', index, id, routing: null, opType: 'index', body, conditions: {} }
      ])
    }
  // Not node.close(): it would flush.
  await store.close()
}

function nearest(field: string, vec: unknown, similarity: string): Record<string, unknown> {
  const query = { field, vec, model: 'lsh', similarity, candidates: 60 }
  return { elastiknn_nearest_neighbors: query }
}

function requestsOf(index: string): readonly (readonly [string, string, unknown?])[] {
  const search = `/${index}/_search`
  if (index === 'graph')
    return [
      [
        'POST',
        search,
        {
          knn: { field: 'v', query_vector: [0.3, 0.2, 0.1, 0.4], k: 5, num_candidates: 500 },
          _source: false
        }
      ],
      [
        'POST',
        search,
        { knn: { field: 'v', query_vector: [-0.3, 0.2, 0.4, 0.2], k: 5, num_candidates: 500 } }
      ],
      ['GET', `/${index}/_doc/d77`]
    ]
  return [
    ['POST', `/${index}/_count`],
    ['POST', search, { query: { match: { title: 'red lakes' } }, size: 20 }],
    ['POST', search, { query: { match_phrase: { title: 'boat number 17' } } }],
    [
      'POST',
      search,
      { query: { term: { tag: 'tag3' } }, sort: [{ year: 'desc' }, { price: 'asc' }], size: 400 }
    ],
    [
      'POST',
      search,
      { query: { range: { price: { gte: 3, lt: 9 } } }, sort: ['day'], size: 400, _source: false }
    ],
    [
      'POST',
      search,
      { query: { range: { day: { gte: '1970-02-01', lt: '1970-03-01' } } }, size: 50 }
    ],
    [
      'POST',
      search,
      { query: { bool: { filter: [{ term: { open: true } }] } }, sort: ['tag', 'year'], size: 400 }
    ],
    ['POST', search, { query: { exists: { field: 'extra' } }, size: 0 }],
    ['POST', search, { query: { prefix: { tag: 'tag1' } }, size: 400, _source: ['tag'] }],
    [
      'POST',
      search,
      { query: { nested: { path: 'part', query: { term: { 'part.name': 'q2' } } } }, size: 400 }
    ],
    [
      'POST',
      search,
      { knn: { field: 'v', query_vector: [0.3, 0.2, 0.1, 0.4], k: 7, num_candidates: 300 } }
    ],
    [
      'POST',
      search,
      {
        knn: {
          field: 'v',
          query_vector: [0.1, 0.9, 0.1, 0.4],
          k: 7,
          num_candidates: 300,
          filter: { term: { open: false } }
        }
      }
    ],
    ['POST', search, { query: nearest('near', [0.2, 0.4, 0.6, 0.8], 'l2'), size: 30 }],
    ['POST', search, { query: nearest('items', [[1, 8, 9, 23], 40], 'jaccard'), size: 30 }],
    ...['d0', 'd5', 'd9', 'd150', 'd299', 'late3', 'late19', 'absent'].map(
      (id) => ['GET', `/${index}/_doc/${id}`] as const
    )
  ]
}

async function answersOf(db: OpenDatabase, index: string): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const [method, path, body] of requestsOf(index))
    answers.push(await request(db, method, path, body))
  return answers
}

async function withLevel<T>(folder: string, work: (level: Level) => Promise<T>): Promise<T> {
  const level: Level = new ClassicLevel(join(folder, 'level'), {
    keyEncoding: 'view',
    valueEncoding: 'view'
  })
  await level.open({ createIfMissing: false, compression: false })
  try {
    return await work(level)
  } finally {
    await level.close()
  }
}

/** Newest record of each kind last, those of `whole` (index 1) left out. */
async function keysByKind(folder: string): Promise<Map<KindName, Uint8Array[]>> {
  const found = new Map<KindName, Uint8Array[]>()
  await withLevel(folder, async (level) => {
    for await (const key of level.keys()) {
      const parts = parseKey(key)
      if (parts === null || parts.index === 1) continue
      const keys = found.get(parts.kind) ?? []
      keys.push(key)
      found.set(parts.kind, keys)
    }
  })
  return found
}

type Harm = 'flip' | 'missing'

async function harm(
  folder: string,
  key: Uint8Array,
  how: Harm,
  random: () => number
): Promise<void> {
  await withLevel(folder, async (level) => {
    if (how === 'missing') return level.del(key, { sync: true })
    const value = level.getSync(key)!
    const bytes = Uint8Array.from(value)
    const at = Math.floor(random() * bytes.length)
    bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
    return level.put(key, bytes, { sync: true })
  })
  await rm(join(folder, 'clean.json'), { force: true })
}

type Expected = ReadonlyMap<string, readonly Answer[]>

/** What is wrong with the answers of a damaged folder, and whether verify saw it. */
async function trial(
  folder: string,
  expected: Expected
): Promise<{ wrong: string[]; refusedCount: number; found: boolean }> {
  const wrong: string[] = []
  let refusedCount = 0
  const faults = await verify(folder).then(
    (verdict) =>
      verdict.faults.length + verdict.notes.filter((note) => note.includes('damaged')).length,
    (error: unknown) => {
      if (error instanceof VectorStoreError && error.kind === 'corrupt') return 1
      throw error
    }
  )
  await rm(join(folder, 'clean.json'), { force: true })
  try {
    const db = await open(folder, options)
    try {
      for (const [index, wanted] of expected)
        for (const [at, answer] of (await answersOf(db, index)).entries()) {
          const what = `${index} ${JSON.stringify(requestsOf(index)[at])}`
          if (answer.text === wanted[at]?.text) continue
          if (index !== 'whole' && answer.status >= 500 && !answer.text.includes('assert'))
            refusedCount += 1
          else wrong.push(`${what} answers ${answer.status} ${answer.text.slice(0, 300)}`)
        }
    } finally {
      await db.close()
    }
  } catch (error) {
    if (!(error instanceof VectorStoreError) || error.kind !== 'corrupt') throw error
    refusedCount = -1
  }
  return { wrong, refusedCount, found: faults > 0 }
}

test('records: one that is changed or missing, of any kind, is found by verify and never served', async (t) => {
  t.timeout(600_000)
  const root = await mkdtemp(join(tmpdir(), 'leveret-damage-'))
  try {
    const base = join(root, 'base')
    await build(base)
    const keys = await keysByKind(base)
    await rm(join(base, 'clean.json'), { force: true })
    const whole = join(root, 'whole')
    await cp(base, whole, { recursive: true })
    const db = await open(whole, options)
    const expected = new Map<string, Answer[]>()
    for (const index of ['whole', 'hurt', 'graph']) expected.set(index, await answersOf(db, index))
    for (const answer of [...expected.values()].flat())
      t.true([200, 404].includes(answer.status), answer.text)
    await db.close()
    t.log([...keys].map(([kind, all]) => `${kind} ${all.length}`).join(', '))
    const random = randomOf(seed)
    const lines: string[] = []
    for (const [kind, all] of keys)
      for (const how of ['flip', 'missing'] as const) {
        // The newest counts where there are several; pages are all in use, and so are batches.
        const newestCounts = ['catalogue', 'indexMetadata', 'manifest', 'task'].includes(kind)
        const key = all.at(newestCounts ? -1 : Math.floor(random() * all.length))
        if (key === undefined) continue
        const folder = join(root, `${kind}-${how}`)
        await cp(base, folder, { recursive: true })
        await harm(folder, key, how, random)
        const { wrong, refusedCount, found } = await trial(folder, expected)
        lines.push(
          `${kind} ${how}: ${found ? 'found' : 'NOT FOUND'}, ${refusedCount < 0 ? 'open refused' : `${refusedCount} refused`}, ${wrong.length} wrong ${wrong[0] ?? ''}`
        )
        await rm(folder, { recursive: true, force: true })
      }
    t.log(lines.join('\n'))
    t.deepEqual(
      lines.filter((line) => line.includes('NOT FOUND') || !line.includes(' 0 wrong')),
      []
    )
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
