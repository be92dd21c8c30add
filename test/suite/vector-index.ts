/**
 * What every vector index answers, in every space, compared with brute force in float64. Run for flat, growing flat, HNSW, and
 * HNSW over so few frames that every page is evicted again and again.
 */
import type { ExecutionContext, TestFn } from 'ava'
import * as fc from 'fast-check'
import { BitSet } from '../../src/util/index.ts'
import type {
  Element,
  Space,
  Vector,
  VectorFunction,
  VectorIndex,
  VectorSearchRequest,
  VectorSpec
} from '../../src/vector/index.ts'
import {
  functionValue,
  isClose,
  isLargeNear,
  rawValue,
  spacesByElement,
  specOf,
  uniformOf,
  vectorOf,
  vectorsOf
} from '../support/vector-sets.ts'

/** Makes an index of these vectors; rowOfOrd as a build gives it. */
export type IndexFactory = (
  vectors: readonly Vector[],
  spec: VectorSpec
) => Promise<{ readonly index: VectorIndex; readonly rowOfOrd: ArrayLike<number> }>

const dimsByElement: Readonly<Record<Element, readonly number[]>> = {
  float32: [1, 2, 17, 48],
  int8: [3, 40],
  bit: [8, 72],
  'sparse-bool': [1, 30, 9000]
}
const functions: Readonly<Record<Element, readonly VectorFunction[]>> = {
  float32: ['dot', 'cosine', 'l1', 'l2'],
  int8: ['dot', 'cosine', 'l1', 'l2', 'hamming'],
  bit: ['dot', 'l1', 'l2', 'hamming'],
  'sparse-bool': []
}
const seed = 20_261_121

function request(query: Vector, more: Partial<VectorSearchRequest>): VectorSearchRequest {
  const base = { query, k: 5, candidates: 60, rescore: 0, accept: null, strategy: 'exact' } as const
  return { ...base, ...more }
}

export function vectorIndexSuite(test: TestFn, name: string, factory: IndexFactory): void {
  for (const element of ['float32', 'int8', 'bit'] as const) {
    elementSuite(test, name, element, factory)
    test(`${name}: ${element} functions are those of float64`, async (t) => {
      await checkFunctions(t, factory, element)
    })
  }
  test(`${name}: float codes of every space find what brute force finds`, async (t) => {
    for (const space of spacesByElement.float32) {
      await checkSearch(t, factory, specOf('float32', space, 12, { codes: 'float32' }), 200)
    }
  })
  test(`${name}: equal vectors are ordered by ordinal`, async (t) => {
    const spec = specOf('float32', 'l2', 4)
    const vectors = Array.from({ length: 40 }, () => Float32Array.of(1, 2, 3, 4))
    const { index } = await factory(vectors, spec)
    for (const strategy of ['exact', 'graph'] as const) {
      const { ords } = index.search(request(Float32Array.of(0, 0, 0, 1), { k: 40, strategy }))
      t.deepEqual(
        [...ords],
        [...ords].sort((a, b) => a - b)
      )
      t.is(ords.length, 40)
    }
    index.close()
  })
  test(`${name}: the cosine of a vector of zeros is 0, as a row and as a query`, async (t) => {
    const spec = specOf('float32', 'cosine', 3)
    const rows = [
      [0, 0, 0],
      [2, 0, 0],
      [-3, 0, 0]
    ].map((row) => Float32Array.from(row))
    const { index, rowOfOrd } = await factory(rows, spec)
    const { ords, values } = index.search(request(Float32Array.of(4, 0, 0), {}))
    t.deepEqual(
      Array.from(ords, (ord) => rowOfOrd[ord]!),
      [1, 0, 2]
    )
    t.deepEqual([...values], [1, 0, -1])
    t.deepEqual([...index.search(request(new Float32Array(3), {})).values], [0, 0, 0])
    index.close()
  })
  test(`${name}: a k out of range is refused`, async (t) => {
    const { index } = await factory(
      vectorsOf(specOf('float32', 'l2', 4), 3, seed),
      specOf('float32', 'l2', 4)
    )
    for (const k of [0, -1, 1.5, 16_385]) {
      t.throws(() => index.search(request(new Float32Array(4), { k })), { code: 'QUERY_LIMIT' })
    }
    index.close()
  })
}

/** Searches by every space of an element. */
export function elementSuite(
  test: TestFn,
  name: string,
  element: Element,
  factory: IndexFactory
): void {
  for (const space of spacesByElement[element]) {
    test(`${name}: ${element} ${space} finds what brute force finds`, async (t) => {
      for (const dims of dimsByElement[element]) {
        for (const count of [0, 1, 9, 260]) {
          await checkSearch(t, factory, specOf(element, space, dims), count)
        }
      }
    })
    test(`${name}: ${element} ${space} returns min(k, m) hits of any m accepted vectors`, async (t) => {
      await checkAccept(t, factory, specOf(element, space, 16))
    })
  }
}

async function checkSearch(
  t: ExecutionContext,
  factory: IndexFactory,
  spec: VectorSpec,
  count: number
): Promise<void> {
  const vectors = vectorsOf(spec, count, seed + count)
  const { index, rowOfOrd } = await factory(vectors, spec)
  const label = `${spec.element} ${spec.space} ${spec.dims} dims ${count} vectors`
  t.is(index.size, count)
  t.deepEqual(index.validate(), [], label)
  for (let ord = 0; ord < count; ord++) {
    t.deepEqual(index.vectorAt(ord), vectors[rowOfOrd[ord]!]!, label)
  }
  const uniform = uniformOf(seed)
  for (let i = 0; i < 3; i++) {
    const query = vectorOf(spec, uniform)
    checkExact(t, { index, rowOfOrd, vectors, query, label })
    checkRawValues(t, { index, rowOfOrd, vectors, query, label })
    checkGraph(t, index, query, label)
  }
  index.close()
}

type Found = {
  readonly index: VectorIndex
  readonly rowOfOrd: ArrayLike<number>
  readonly vectors: readonly Vector[]
  readonly query: Vector
  readonly label: string
}

/** Order and values of an exact search; values, not ordinals, decide: float32 may see ties that float64 does not. */
function checkExact(t: ExecutionContext, found: Found): void {
  const { index, rowOfOrd, vectors, query, label } = found
  const { space, dims } = index.spec
  const sign = isLargeNear(space) ? -1 : 1
  const truth = vectors
    .map((vector) => rawValue(space, query, vector))
    .sort((a, b) => sign * (a - b))
  const scale = dims * (index.spec.element === 'float32' ? 4 : 1)
  const { ords, values, strategy } = index.search(request(query, { k: 7 }))
  t.is(strategy, 'exact')
  t.is(ords.length, Math.min(7, vectors.length), label)
  const score = index.rawScorer(query)
  ords.forEach((ord, rank) => {
    const value = values[rank]!
    t.is(score(ord), value, `${label}: a scorer gives the value of the search`)
    const own = rawValue(space, query, vectors[rowOfOrd[ord]!]!)
    t.true(isClose(value, own, scale), `${label}: ${value} is ${own}`)
    t.true(isClose(value, truth[rank]!, scale), `${label}: rank ${rank} has ${truth[rank]}`)
    if (rank === 0) return
    const before = values[rank - 1]!
    t.true(sign * (value - before) > 0 || (value === before && ord > ords[rank - 1]!), label)
  })
}

/** Values by every space of the element, whatever that of the index; in any order, some ordinals twice. */
function checkRawValues(t: ExecutionContext, found: Found): void {
  const { index, rowOfOrd, vectors, query, label } = found
  const { element, dims } = index.spec
  const scale = dims * (element === 'float32' ? 4 : 1)
  const ords = Uint32Array.from(vectors, (_, at) => (at * 7) % vectors.length)
  for (const space of spacesByElement[element]) {
    const values = index.rawValues(query, space, ords)
    t.is(values.length, ords.length)
    values.forEach((value, at) => {
      const own = rawValue(space, query, vectors[rowOfOrd[ords[at]!]!]!)
      t.true(isClose(value, own, scale), `${label}: by ${space} ${value} is ${own}`)
    })
    for (const wanted of [1, 10, ords.length]) checkNearestValues(t, found, space, ords, wanted)
  }
}

/** Those up to the limit are the raw values, all others are above it; the worst is what sorting finds. */
function checkNearestValues(
  t: ExecutionContext,
  { index, query, label }: Found,
  space: Space,
  ords: Uint32Array,
  wanted: number
): void {
  const counts = ords.map((ord) => 1 + (Math.imul(ord, 2_654_435_761) >>> 23))
  const nearest = index.nearestValues(query, space, { ords, counts }, wanted)
  // Of sets the nearest are listed at once: nearest-rows.test.ts.
  const isSparse = index.spec.element === 'sparse-bool'
  const isOffered = !isSparse && !isLargeNear(space) && wanted < ords.length
  t.is(nearest !== null, isOffered, `${label}: ${wanted} by ${space}`)
  if (nearest === null) return
  const sign = isLargeNear(space) ? -1 : 1
  t.is(nearest.smallIsNear, sign === 1, label)
  const values = index.rawValues(query, space, ords)
  const limit = sign * nearest.limit
  t.is(nearest.worst, values.toSorted((a, b) => sign * (a - b))[wanted - 1]!, label)
  t.true(limit >= sign * nearest.worst, label)
  for (const [at, value] of nearest.values.entries()) {
    if (sign * values[at]! <= limit) t.is(value, values[at]!, label)
    else t.true(sign * value > limit, `${label}: ${value} is beyond ${nearest.limit}`)
  }
}

/** A beam nearly as wide as the index finds nearly everything, with the very values of the exact search. */
function checkGraph(t: ExecutionContext, index: VectorIndex, query: Vector, label: string): void {
  const k = 5
  const exact = index.search(request(query, { k }))
  const graph = index.search(request(query, { k, strategy: 'graph', candidates: 150 }))
  t.is(graph.ords.length, Math.min(k, index.size), label)
  const score = index.rawScorer(query)
  graph.ords.forEach((ord, rank) => t.is(graph.values[rank], score(ord), label))
  const worst = exact.values.at(-1)
  if (worst === undefined) return
  const sign = isLargeNear(index.spec.space) ? -1 : 1
  const near = graph.values.filter((value) => sign * (value - worst) <= 0).length
  t.true(
    near >= graph.ords.length - 1,
    `${label}: ${near} of ${graph.ords.length} are as near as exact hits`
  )
}

async function checkAccept(
  t: ExecutionContext,
  factory: IndexFactory,
  spec: VectorSpec
): Promise<void> {
  const count = 230
  const { index } = await factory(vectorsOf(spec, count, seed), spec)
  const accepted = fc.oneof(
    fc.uniqueArray(fc.nat(count - 1), { maxLength: count }),
    fc.uniqueArray(fc.nat(count - 1), { maxLength: 12 })
  )
  const strategies = fc.constantFrom('planned', 'exact', 'graph' as const)
  fc.assert(
    fc.property(
      accepted,
      fc.integer({ min: 1, max: 40 }),
      strategies,
      fc.nat(1_000),
      (ords, k, strategy, querySeed) => {
        const accept = new BitSet(count)
        for (const ord of ords) accept.add(ord)
        const query = vectorOf(spec, uniformOf(querySeed))
        const found = index.search(request(query, { k, accept, strategy, candidates: 10 }))
        const distinct = new Set(found.ords)
        return (
          found.ords.length === Math.min(k, ords.length) &&
          distinct.size === found.ords.length &&
          [...distinct].every((ord) => accept.has(ord))
        )
      }
    ),
    { seed, numRuns: 60 }
  )
  index.close()
  t.pass()
}

async function checkFunctions(
  t: ExecutionContext,
  factory: IndexFactory,
  element: Element
): Promise<void> {
  // Script functions see the rows as they came, whatever the space of the index.
  const spaces: readonly Space[] =
    element === 'float32' ? ['cosine', 'l2'] : spacesByElement[element].slice(0, 1)
  for (const space of spaces) {
    const spec = specOf(element, space, 24)
    const vectors = vectorsOf(spec, 20, seed)
    const query = vectorOf(spec, uniformOf(seed + 1))
    const { index, rowOfOrd } = await factory(vectors, spec)
    for (const name of functions[element]) {
      const score = index.functionScorer(name, query)
      for (let ord = 0; ord < index.size; ord++) {
        const expected = functionValue(name, spec, query, vectors[rowOfOrd[ord]!]!)
        t.true(
          isClose(score(ord), expected, 100),
          `${element} ${name}: ${score(ord)} is ${expected}`
        )
      }
    }
    index.close()
  }
}
