/**
 * Goal     whatever was written, replaced and deleted, flushed and merged: queries find what is there, and a point in time what
 *          was there, in documents, in nested documents, by vectors and by hash terms.
 * Method   Random operations on an index and on a Map; queries want all candidates, so that segments do not matter. Who has
 *          hash terms in common comes from plain maps of them, scores from float64.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { JavaRandom } from '../../src/vector/lsh/java-random.ts'
import { hashModelOf } from '../support/hash-model-of.ts'
import { PostingMap } from '../support/posting-map.ts'
import { openDatabase, temporaryFolder } from '../support/temporary-node.ts'

const dims = 4
const dense = 'elastiknn_dense_float_vector'
const sparse = 'elastiknn_sparse_bool_vector'
const fields = {
  l: { dims, model: 'lsh', similarity: 'l2', L: 3, k: 2, w: 1 },
  c: { dims, model: 'lsh', similarity: 'cosine', L: 2, k: 3 },
  j: { dims: 40, model: 'lsh', similarity: 'jaccard', L: 5, k: 1 }
} as const
const models = {
  l: hashModelOf(dense, fields.l),
  c: hashModelOf(dense, fields.c),
  j: hashModelOf(sparse, fields.j)
}

type Doc = {
  readonly l: Float32Array | null
  readonly j: Int32Array
  readonly n: readonly Float32Array[]
}
type Docs = ReadonlyMap<string, Doc>
type Json = Readonly<Record<string, unknown>>

class World {
  readonly #random: JavaRandom
  readonly docs = new Map<string, Doc>()

  constructor(seed: number) {
    this.#random = new JavaRandom(seed)
  }

  below(bound: number): number {
    return Math.floor(this.#random.nextDouble() * bound)
  }

  vector(): Float32Array {
    // Zeros now and then.
    if (this.below(20) === 0) return new Float32Array(dims)
    return new Float32Array(dims).map(() => this.#random.nextGaussian())
  }

  indices(): Int32Array {
    const chosen = new Set(Array.from({ length: this.below(12) }, () => this.below(40)))
    return Int32Array.from(chosen).sort()
  }

  doc(): Doc {
    const n = Array.from({ length: this.below(4) }, () => this.vector())
    return { l: this.below(5) === 0 ? null : this.vector(), j: this.indices(), n }
  }
}

function bodyOf({ l, j, n }: Doc): Json {
  return {
    ...(l === null ? {} : { l: [...l] }),
    j: [[...j], 40],
    n: n.map((v) => ({ c: { values: [...v] } }))
  }
}

async function call(db: OpenDatabase, method: string, path: string, body?: Json): Promise<Json> {
  const answer = await db.handle({ method, path, ...(body === undefined ? {} : { body }) })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} ${answer.status} ${String(answer.body)}`)
  return JSON.parse(String(answer.body)) as Json
}

/** Ids with scores. */
type Found = ReadonlyMap<string, number>

async function search(db: OpenDatabase, query: Json, pit: string | null): Promise<Found> {
  const where = pit === null ? '/i/_search' : '/_search'
  const body = { size: 1000, _source: false, query, ...(pit === null ? {} : { pit: { id: pit } }) }
  const answer = await call(db, 'POST', where, body)
  const { hits, total } = answer['hits'] as {
    hits: { _id: string; _score: number }[]
    total: { value: number }
  }
  if (total.value !== hits.length) throw new Error(`total is ${total.value} of ${hits.length}`)
  return new Map(hits.map(({ _id, _score }) => [_id, _score]))
}

function l2(a: Float32Array, b: Float32Array): number {
  return 1 / (1 + Math.sqrt(a.reduce((sum, x, at) => sum + (x - b[at]!) ** 2, 0)))
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, at) => sum + value * y[at]!, 0)
  const length = Math.sqrt(dot(a, a) * dot(b, b))
  return length > 0 ? 1 + dot(a, b) / length : dot(a, a) === dot(b, b) ? 2 : 0
}

function jaccard(a: Int32Array, b: Int32Array): number {
  const common = a.filter((index) => b.includes(index)).length
  const either = a.length + b.length - common
  return either === 0 ? 1 : common / either
}

/** Places of the vectors that have a hash term in common with the query. */
function sharing<V extends Float32Array | Int32Array>(
  field: keyof typeof models,
  vectors: readonly V[],
  query: V
): Set<number> {
  const postings = new PostingMap<Float32Array | Int32Array>(models[field], vectors)
  return new Set(postings.candidates(query, 0, vectors.length))
}

async function check(
  t: ExecutionContext,
  db: OpenDatabase,
  world: World,
  docs: Docs,
  about: string,
  pit: string | null = null
): Promise<void> {
  const entries = [...docs]
  const near = (field: string, vec: unknown, model: string, similarity: string): Json => ({
    elastiknn_nearest_neighbors: { field, vec, model, similarity, candidates: 100_000 }
  })
  const compare = async (what: string, query: Json, wanted: [string, number][]): Promise<void> => {
    const found = await search(db, query, pit)
    t.deepEqual(
      [...found.keys()].toSorted(),
      wanted.map(([id]) => id).toSorted(),
      `${about} ${what}`
    )
    for (const [id, score] of wanted) {
      const isNear = Math.abs(found.get(id)! - score) < 1e-5
      t.true(isNear, `${about} ${what}: score of ${id} is ${found.get(id)}, wanted ${score}`)
    }
  }

  const q = world.vector()
  const withL = entries.flatMap(([id, { l }]) => (l === null ? [] : [{ id, l }]))
  const scored = withL.map(({ id, l }): [string, number] => [id, l2(q, l)])
  await compare('exact', near('l', [...q], 'exact', 'l2'), scored)
  const shared = sharing(
    'l',
    withL.map(({ l }) => l),
    q
  )
  await compare(
    'l2',
    near('l', [...q], 'lsh', 'l2'),
    scored.filter((_one, at) => shared.has(at))
  )

  const s = world.indices()
  const found = sharing(
    'j',
    entries.map(([, { j }]) => j),
    s
  )
  await compare(
    'jaccard',
    near('j', [[...s], 40], 'lsh', 'jaccard'),
    entries.flatMap(([id, { j }], at) => (found.has(at) ? [[id, jaccard(s, j)]] : []))
  )

  const children = entries.flatMap(([id, { n }]) => n.map((c) => ({ id, c })))
  const hit = sharing(
    'c',
    children.map(({ c }) => c),
    q
  )
  const best = new Map<string, number>()
  for (const [at, { id, c }] of children.entries()) {
    if (hit.has(at)) best.set(id, Math.max(best.get(id) ?? 0, cosine(q, c)))
  }
  const nested = near('n.c', [...q], 'lsh', 'cosine')
  await compare('nested', { nested: { path: 'n', score_mode: 'max', query: nested } }, [...best])
}

const rounds = 12
for (const seed of [1, 2]) {
  test(`queries find what is there after any operations, seed ${seed}`, async (t) => {
    const db = await openDatabase(t, await temporaryFolder(t))
    const world = new World(seed)
    await call(db, 'PUT', '/i', {
      mappings: {
        properties: {
          l: { type: dense, elastiknn: fields.l },
          j: { type: sparse, elastiknn: fields.j },
          n: { type: 'nested', properties: { c: { type: dense, elastiknn: fields.c } } }
        }
      }
    })
    let pinned: { readonly id: string; readonly docs: Docs } | null = null
    for (let round = 0; round < rounds; round++) {
      for (let operation = 0; operation < 12; operation++) {
        const id = String(world.below(60))
        if (world.below(4) === 0 && world.docs.has(id)) {
          world.docs.delete(id)
          await call(db, 'DELETE', `/i/_doc/${id}`)
        } else {
          const doc = world.doc()
          world.docs.set(id, doc)
          await call(db, 'PUT', `/i/_doc/${id}`, bodyOf(doc))
        }
      }
      const about = `seed ${seed} round ${round}`
      await check(t, db, world, world.docs, about)
      if (pinned !== null) await check(t, db, world, pinned.docs, `${about} pinned`, pinned.id)
      if (round % 4 === 1) {
        const { id } = await call(db, 'POST', '/i/_pit?keep_alive=10h')
        pinned = { id: String(id), docs: new Map(world.docs) }
      }
      if (world.below(3) === 0) await call(db, 'POST', '/i/_flush')
      if (round === 8) await call(db, 'POST', '/i/_forcemerge?max_num_segments=1')
    }
  })
}

test('what came after a point in time takes no place among its candidates', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  const properties = { j: { type: sparse, elastiknn: fields.j } }
  await call(db, 'PUT', '/i', { mappings: { properties } })
  await call(db, 'PUT', '/i/_doc/before', { j: [[1, 2, 3], 40] })
  const pit = String((await call(db, 'POST', '/i/_pit?keep_alive=10h'))['id'])
  await call(db, 'PUT', '/i/_doc/after', { j: [[1, 2], 40] })
  const clause = { field: 'j', vec: [[1, 2], 40], model: 'lsh', similarity: 'jaccard' }
  const query = { elastiknn_nearest_neighbors: { ...clause, candidates: 1 } }
  t.is([...(await search(db, query, null)).keys()][0], 'after')
  t.deepEqual([...(await search(db, query, pit)).keys()], ['before'])
})
