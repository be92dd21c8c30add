/**
 * Goal     every example of Elastiknn's document of 2020 works through the official client, in its spelling and in today's.
 * Method   Each mapping of the document in both spellings, with documents in a segment and in the write buffer, deletes, a
 *          restart, a merge; each of its queries with a literal vector in every form and with one of another index. Judged by
 *          float64 over all documents; candidates by plain maps of hash terms, 50 a segment as the document has it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { embedded } from '../../src/client/index.ts'
import { open } from '../../src/rest/index.ts'
import { JavaRandom } from '../../src/vector/lsh/java-random.ts'
import { hashModelOf } from '../support/hash-model-of.ts'
import { PostingMap } from '../support/posting-map.ts'

const dense = 'elastiknn_dense_float_vector'
const sparse = 'elastiknn_sparse_bool_vector'
const denseDims = 100
const sparseDims = 25_000
const documentCount = 160
/** Documents of the segment; the others are in the write buffer. */
const flushedCount = 90
const candidates = 50
const random = new JavaRandom(2020)

type Values = Float32Array | Int32Array
type Json = Readonly<Record<string, unknown>>

/** Vectors around a few others, so that hashes have something to find. */
function drawDense(): Float32Array[] {
  const centres = Array.from({ length: 8 }, () => gaussians(3))
  return Array.from({ length: documentCount }, (_none, at) =>
    gaussians(1).map((value, dim) => value + centres[at % 8]![dim]!)
  )
}

function gaussians(width: number): Float32Array {
  return new Float32Array(denseDims).map(() => width * random.nextGaussian())
}

function drawSparse(): Int32Array[] {
  const centres = Array.from({ length: 8 }, () => indices(60))
  return Array.from({ length: documentCount }, (_none, at) => {
    const kept = [...centres[at % 8]!].filter(() => random.nextDouble() < 0.7)
    return Int32Array.from(new Set([...kept, ...indices(20)])).sort()
  })
}

function indices(count: number): Int32Array {
  return new Int32Array(count).map(() => Math.floor(random.nextDouble() * sparseDims))
}

const sets = { [dense]: drawDense(), [sparse]: drawSparse() } as const

function sum(a: Float32Array, b: Float32Array, term: (x: number, y: number) => number): number {
  return a.reduce((total, value, at) => total + term(value, b[at]!), 0)
}

const dot = (a: Float32Array, b: Float32Array): number => sum(a, b, (x, y) => x * y)

function commonOf(a: Int32Array, b: Int32Array): number {
  const others = new Set(b)
  return a.filter((index) => others.has(index)).length
}

/** Scores as the document has them, in float64. */
const scores: Readonly<Record<string, (a: never, b: never) => number>> = {
  cosine: (a: Float32Array, b: Float32Array) => 1 + dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
  l1: (a: Float32Array, b: Float32Array) => 1 / (1 + sum(a, b, (x, y) => Math.abs(x - y))),
  l2: (a: Float32Array, b: Float32Array) => 1 / (1 + Math.sqrt(sum(a, b, (x, y) => (x - y) ** 2))),
  jaccard: (a: Int32Array, b: Int32Array) => {
    const common = commonOf(a, b)
    return common / (a.length + b.length - common)
  },
  hamming: (a: Int32Array, b: Int32Array) =>
    (sparseDims - (a.length + b.length - 2 * commonOf(a, b))) / sparseDims
}

type Query = {
  readonly model: 'exact' | 'sparse_indexed' | 'lsh' | 'permutation_lsh'
  readonly similarity: string
  readonly more?: Json
}
type Example = {
  readonly title: string
  readonly type: typeof dense | typeof sparse
  /** Options of 2020 and of today; null: there was no such model. */
  readonly old: Json | null
  readonly today: Json
  /** What the mapping is printed as. */
  readonly shown: Json
  readonly queries: readonly Query[]
}

const exactly = (type: string): readonly Query[] =>
  (type === dense ? ['cosine', 'l1', 'l2'] : ['jaccard', 'hamming']).map((similarity) => ({
    model: 'exact',
    similarity
  }))
const approximate = (similarity: string, more: Json = {}): Query => ({
  model: 'lsh',
  similarity,
  more: { candidates, ...more }
})
const permuted = (similarity: string): Query => ({
  model: 'permutation_lsh',
  similarity,
  more: { candidates }
})

const examples: readonly Example[] = [
  {
    title: 'Exact Mapping of dense vectors',
    type: dense,
    old: { dims: denseDims },
    today: { dims: denseDims, model: 'exact' },
    shown: { dims: denseDims, model: 'exact' },
    queries: exactly(dense)
  },
  {
    title: 'Exact Mapping of sparse vectors',
    type: sparse,
    old: { dims: sparseDims },
    today: { dims: sparseDims, model: 'exact' },
    shown: { dims: sparseDims, model: 'exact' },
    queries: exactly(sparse)
  },
  {
    title: 'Sparse Indexed Mapping',
    type: sparse,
    old: { dims: sparseDims, model: 'sparse_indexed' },
    today: { dims: sparseDims, model: 'sparse_indexed' },
    shown: { dims: sparseDims, model: 'sparse_indexed' },
    queries: [
      ...exactly(sparse),
      // Candidates are nothing to it.
      { model: 'sparse_indexed', similarity: 'jaccard', more: { candidates: 1 } },
      { model: 'sparse_indexed', similarity: 'hamming' }
    ]
  },
  {
    title: 'Jaccard LSH Mapping',
    type: sparse,
    old: { dims: sparseDims, model: 'lsh', similarity: 'jaccard', bands: 99, rows: 1 },
    today: { dims: sparseDims, model: 'lsh', similarity: 'jaccard', L: 99, k: 1 },
    shown: { L: 99, dims: sparseDims, k: 1, model: 'lsh', similarity: 'jaccard' },
    queries: [...exactly(sparse), approximate('jaccard')]
  },
  {
    title: 'Hamming LSH Mapping',
    type: sparse,
    old: { dims: sparseDims, model: 'lsh', similarity: 'hamming', bits: 99 },
    today: { dims: sparseDims, model: 'lsh', similarity: 'hamming', L: 99, k: 1 },
    shown: { L: 99, dims: sparseDims, k: 1, model: 'lsh', similarity: 'hamming' },
    queries: [...exactly(sparse), approximate('hamming')]
  },
  {
    title: 'Angular LSH Mapping',
    type: dense,
    old: { dims: denseDims, model: 'lsh', similarity: 'angular', bands: 99, rows: 1 },
    today: { dims: denseDims, model: 'lsh', similarity: 'cosine', L: 99, k: 1 },
    shown: { L: 99, dims: denseDims, k: 1, model: 'lsh', similarity: 'cosine' },
    queries: [...exactly(dense), approximate('cosine')]
  },
  {
    title: 'L2 LSH Mapping',
    type: dense,
    old: { dims: denseDims, model: 'lsh', similarity: 'l2', bands: 99, rows: 1, width: 3 },
    today: { dims: denseDims, model: 'lsh', similarity: 'l2', L: 99, k: 1, w: 3 },
    shown: { L: 99, dims: denseDims, k: 1, model: 'lsh', similarity: 'l2', w: 3 },
    queries: [...exactly(dense), approximate('l2'), approximate('l2', { probes: 2 })]
  },
  {
    title: 'Permutation LSH Mapping of later documents',
    type: dense,
    old: null,
    today: { dims: denseDims, model: 'permutation_lsh', k: 10, repeating: true },
    shown: { dims: denseDims, k: 10, model: 'permutation_lsh', repeating: true },
    queries: [...exactly(dense), permuted('cosine'), permuted('l1'), permuted('l2')]
  }
]

/** A vector as a document or query writes it: the long form and the short one in turn. */
function vectorJson(vector: Values, isShort: boolean): unknown {
  if (vector instanceof Float32Array) return isShort ? [...vector] : { values: [...vector] }
  // In any order.
  const shuffled = [...vector].toReversed()
  return isShort ? [shuffled, sparseDims] : { true_indices: shuffled, total_indices: sparseDims }
}

/** Documents by segment, as a moment has them. */
type Segments = readonly (readonly number[])[]

/** Documents that a query may find. */
function reached(example: Example, query: Query, vector: Values, segments: Segments): number[] {
  const set: readonly Values[] = sets[example.type]
  if (query.model === 'exact') return segments.flat()
  if (query.model === 'sparse_indexed') {
    const shares = (row: Values): boolean => commonOf(vector as Int32Array, row as Int32Array) > 0
    return segments.flat().filter((doc) => shares(set[doc]!))
  }
  const model = hashModelOf(example.type, example.today)
  const probes = Number(query.more?.['probes'] ?? 0)
  return segments.flatMap((docs) => {
    const rows = docs.map((doc) => set[doc]!)
    const postings = new PostingMap<Values>(model, rows)
    return postings.candidates(vector, probes, candidates).map((place) => docs[place]!)
  })
}

const data = await mkdtemp(path.join(tmpdir(), 'leveret-elastiknn-'))
const openHere = (): ReturnType<typeof open> => open(data, { reserveFileBytes: 0 })
let db = await openHere()
let client = new Client(embedded(db))
// Of documents there nothing is indexed: a query vector may come from anywhere.
await client.indices.create({ index: 'my-other-index', mappings: { dynamic: false } })
test.after.always(async () => {
  await db.close()
  await rm(data, { recursive: true, force: true })
})

async function createIndex(name: string, example: Example, options: Json): Promise<void> {
  await client.indices.create({ index: name, settings: { elastiknn: true } })
  const field = { type: example.type, elastiknn: options }
  await client.indices.putMapping({ index: name, properties: { my_vec: field } as never })
  const set: readonly Values[] = sets[example.type]
  const operations = (from: number, to: number): unknown[] =>
    set
      .slice(from, to)
      .flatMap((vector, at) => [
        { index: { _index: name, _id: String(from + at) } },
        { my_vec: vectorJson(vector, at % 2 === 1), n: from + at }
      ])
  const first = await client.bulk({ operations: operations(0, flushedCount) })
  await client.indices.flush({ index: name })
  const rest = operations(flushedCount, documentCount)
  const second = await client.bulk({ operations: rest, refresh: true })
  await client.index({ index: name, id: 'none', document: { n: -1 } })
  if (first.errors || second.errors) throw new Error('a document was refused')
}

type Asked = {
  readonly example: Example
  readonly index: string
  readonly spelling: 'old' | 'today'
  readonly vector: Values
}

/** Every query of the example, with each of the vectors. */
async function check(
  t: ExecutionContext,
  { example, index, spelling, vector }: Asked,
  moment: string,
  segments: Segments,
  vectors: readonly unknown[]
): Promise<void> {
  for (const query of example.queries) {
    const isOldWord = spelling === 'old' && query.similarity === 'cosine'
    const similarity = isOldWord ? 'angular' : query.similarity
    const score = scores[query.similarity] as (a: Values, b: Values) => number
    const scoreOf = (doc: number): number => score(vector, sets[example.type][doc]!)
    const wanted = reached(example, query, vector, segments)
      .map(scoreOf)
      .toSorted((a, b) => b - a)
    for (const [form, vec] of vectors.entries()) {
      const body = { field: 'my_vec', vec, model: query.model, similarity, ...query.more }
      const { hits } = await client.search({
        index,
        query: { elastiknn_nearest_neighbors: body } as never,
        size: documentCount,
        _source: false
      })
      const about = `${moment}, form ${form}, ${JSON.stringify(query)}`
      t.deepEqual(hits.total, { value: wanted.length, relation: 'eq' }, about)
      t.is(hits.hits.length, wanted.length)
      for (const [at, hit] of hits.hits.entries()) {
        const own = scoreOf(Number(hit._id))
        t.true(isNear(hit._score!, own), `${about}: score ${hit._score} of ${hit._id} is ${own}`)
        t.true(isNear(hit._score!, wanted[at]!), `${about}: place ${at} has ${wanted[at]}`)
      }
    }
  }
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 2e-6 * Math.max(Math.abs(a), Math.abs(b))
}

const all = Array.from({ length: documentCount }, (_none, at) => at)
const deleted = [0, 3, 7, 50, 91, 120]
const live = all.filter((doc) => !deleted.includes(doc))
const bySegment = (docs: readonly number[]): Segments => [
  docs.filter((doc) => doc < flushedCount),
  docs.filter((doc) => doc >= flushedCount)
]
const asked: Asked[] = []

for (const [number, example] of examples.entries()) {
  for (const spelling of ['old', 'today'] as const) {
    const options = example[spelling]
    if (options === null) continue
    test.serial(
      `${example.title}, spelling ${spelling}: queries find what float64 finds, before and after deletes`,
      async (t) => {
        const index = `my-index-${number}-${spelling}`
        await createIndex(index, example, options)
        const mapping = await client.indices.getMapping({ index })
        t.deepEqual(mapping[index]?.mappings.properties?.['my_vec'] as unknown, {
          type: example.type,
          elastiknn: example.shown
        })
        const vector: Values = sets[example.type][7]!.slice()
        const id = 'abc123'
        const document = { my_vec: vectorJson(vector, spelling === 'old') }
        await client.index({ index: 'my-other-index', id, document })
        const pointer = { index: 'my-other-index', field: 'my_vec', id }
        const asks = { example, index, spelling, vector }
        const forms = [vectorJson(vector, false), vectorJson(vector, true), pointer]
        await check(t, asks, 'a segment and the buffer', bySegment(all), forms)
        for (const doc of deleted) await client.delete({ index, id: String(doc) })
        await check(t, asks, 'deletes', bySegment(live), [pointer])
        asked.push(asks)
      }
    )
  }
}

test.serial('every index finds the same flushed, after a restart, and merged', async (t) => {
  for (const asks of asked) await client.indices.flush({ index: asks.index })
  await db.close()
  db = await openHere()
  client = new Client(embedded(db))
  for (const asks of asked) {
    const forms = [vectorJson(asks.vector, true)]
    await check(t, asks, 'restarted', bySegment(live), forms)
    await client.indices.forcemerge({ index: asks.index, max_num_segments: 1 })
    await check(t, asks, 'merged', [live], forms)
  }
  t.is(asked.length, 15)
})
