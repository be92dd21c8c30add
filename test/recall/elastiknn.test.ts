/**
 * Goal     every model of Elastiknn finds what Elastiknn's own tests say it finds, with the same parameters: searches of a
 *          node, through postings in two segments.
 * Method   Elastiknn's sets (test/support/elastiknn-set.ts), rows in turn in two segments; 100 hits a query; recall counts hits
 *          at least as near as the hundredth of all by brute force (RecallSuite of Elastiknn). The figures are those that the
 *          spec recomputed (section 6.6), each within 0.01 of what Elastiknn publishes; those of repeating permutations are
 *          better, as frequencies are counted. Hash functions and ties are the same, so they come out alike.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { differingCount, intersectionCount, jaccard } from '../../src/vector/lsh/sparse-bool.ts'
import { elastiknnDims as dims, elastiknnSets } from '../support/elastiknn-set.ts'
import type { ElastiknnSet } from '../support/elastiknn-set.ts'
import { openDatabase, temporaryFolder } from '../support/temporary-node.ts'

const wanted = 100
/** The spec gives three or four places. */
const tolerance = 0.000_501
const sets = elastiknnSets()

type Options = Readonly<Record<string, unknown>>
type Search = {
  readonly field: string
  readonly similarity: keyof typeof similarities
  readonly candidates: number
  readonly probes?: number
  readonly recall: number
}

/** Higher is nearer; of equal vectors equal. */
const similarities = {
  cosine: (a: Float32Array, b: Float32Array) => sum(a, (x, at) => x * b[at]!),
  l2: (a: Float32Array, b: Float32Array) => -sum(a, (x, at) => (x - b[at]!) ** 2),
  jaccard: (a: Int32Array, b: Int32Array) => jaccard(a.length, b.length, intersectionCount(a, b)),
  hamming: (a: Int32Array, b: Int32Array) =>
    -differingCount(a.length, b.length, intersectionCount(a, b))
}

function sum(a: Float32Array, term: (x: number, at: number) => number): number {
  let total = 0
  for (let at = 0; at < dims; at++) total += term(a[at]!, at)
  return total
}

/** An index with every row under each of the fields, in two segments. */
async function indexOf<V extends Float32Array | Int32Array>(
  t: ExecutionContext,
  set: ElastiknnSet<V>,
  type: string,
  fields: Readonly<Record<string, Options>>
): Promise<OpenDatabase> {
  const db = await openDatabase(t, await temporaryFolder(t), {
    flushBytes: 2 ** 27,
    pendingBytesMax: 2 ** 28,
    cacheBytes: 2 ** 29
  })
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, elastiknn]) => [
      name,
      { type, elastiknn: { dims, ...elastiknn } }
    ])
  )
  const body = { mappings: { properties } }
  const made = await db.handle({ method: 'PUT', path: '/i', body })
  t.is(made.status, 200, String(made.body))
  const index = db.index('i')
  for (const half of [0, 1]) {
    const documents = set.base.flatMap((row, at) => {
      if (at % 2 !== half) return []
      const value = row instanceof Float32Array ? row : [[...row], dims]
      const doc = Object.fromEntries(Object.keys(fields).map((name) => [name, value]))
      return [[String(at), doc]] as [string, Record<string, unknown>][]
    })
    await index.putMany(documents)
    await index.flush()
  }
  const segments = await db.handle({ method: 'GET', path: '/_cat/segments/i?h=docs.count' })
  t.deepEqual(String(segments.body).trim().split(/\s+/), ['2500', '2500'])
  return db
}

function recallOf<V extends Float32Array | Int32Array>(
  db: OpenDatabase,
  set: ElastiknnSet<V>,
  fields: Readonly<Record<string, Options>>,
  search: Search
): number {
  const { field, similarity, candidates, probes = 0 } = search
  const compare = similarities[similarity] as unknown as (a: V, b: V) => number
  const { model } = fields[field]!
  let found = 0
  for (const query of set.queries) {
    const ofQuery = Float64Array.from(set.base, (row) => compare(row, query))
    const least = ofQuery.toSorted((a, b) => b - a)[wanted - 1]!
    const vec = query instanceof Float32Array ? query : [[...query], dims]
    const clause = { field, vec, model, similarity, candidates, probes }
    const { hits } = db
      .index('i')
      .search({ query: { elastiknn_nearest_neighbors: clause }, size: wanted, source: false })
    found += hits.filter(({ id }) => ofQuery[Number(id)]! >= least).length
  }
  return found / wanted / set.queries.length
}

async function judge<V extends Float32Array | Int32Array>(
  t: ExecutionContext,
  set: ElastiknnSet<V>,
  type: string,
  fields: Readonly<Record<string, Options>>,
  searches: readonly Search[]
): Promise<void> {
  const db = await indexOf(t, set, type, fields)
  for (const search of searches) {
    const recall = recallOf(db, set, fields, search)
    const text = `recall ${recall} of ${JSON.stringify(search)}`
    t.true(Math.abs(recall - search.recall) < tolerance, text)
  }
}

const lsh = (similarity: string, L: number, k: number): Options => ({
  model: 'lsh',
  similarity,
  L,
  k
})
const permutation = (repeating: boolean): Options => ({
  model: 'permutation_lsh',
  k: 128,
  repeating
})

test.serial('elastiknn_sparse_bool_vector: jaccard and hamming find what Elastiknn finds', (t) =>
  judge(
    t,
    sets.sparse,
    'elastiknn_sparse_bool_vector',
    {
      j1: lsh('jaccard', 200, 1),
      j2: lsh('jaccard', 300, 2),
      h1: lsh('hamming', 512, 1),
      h2: lsh('hamming', 409, 2),
      h4: lsh('hamming', 409, 4)
    },
    [
      { field: 'j1', similarity: 'jaccard', candidates: 400, recall: 0.6974 },
      { field: 'j2', similarity: 'jaccard', candidates: 400, recall: 0.6186 },
      { field: 'h1', similarity: 'hamming', candidates: 200, recall: 0.7214 },
      { field: 'h2', similarity: 'hamming', candidates: 200, recall: 0.8606 },
      { field: 'h4', similarity: 'hamming', candidates: 200, recall: 0.6534 }
    ]
  )
)

test.serial(
  'elastiknn_dense_float_vector: cosine and permutations find what Elastiknn finds',
  (t) =>
    judge(
      t,
      sets.unit,
      'elastiknn_dense_float_vector',
      {
        c1: lsh('cosine', 400, 1),
        c2: lsh('cosine', 400, 2),
        pr: permutation(true),
        pp: permutation(false)
      },
      [
        { field: 'c1', similarity: 'cosine', candidates: 400, recall: 0.458 },
        { field: 'c2', similarity: 'cosine', candidates: 200, recall: 0.3434 },
        { field: 'pr', similarity: 'cosine', candidates: 200, recall: 0.297 },
        { field: 'pp', similarity: 'cosine', candidates: 200, recall: 0.315 }
      ]
    )
)

test.serial(
  'elastiknn_dense_float_vector: l2 with probes and permutations find what Elastiknn finds',
  (t) =>
    judge(
      t,
      sets.dense,
      'elastiknn_dense_float_vector',
      { l: { ...lsh('l2', 600, 1), w: 4 }, pr: permutation(true), pp: permutation(false) },
      [
        { field: 'l', similarity: 'l2', candidates: 200, recall: 0.124 },
        { field: 'l', similarity: 'l2', candidates: 800, probes: 2, recall: 0.4862 },
        { field: 'pr', similarity: 'l2', candidates: 200, recall: 0.249 },
        { field: 'pp', similarity: 'l2', candidates: 200, recall: 0.259 }
      ]
    )
)
