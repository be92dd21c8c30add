/** Searches of one query in several indexes: what the ones before have found spares the ones behind work, and no hit. */
import test from 'ava'
import { NearestSoFar, smallIsNear } from '../../../src/vector/index.ts'
import type {
  Space,
  Vector,
  VectorIndex,
  VectorSearchRequest,
  VectorSpec
} from '../../../src/vector/index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { specOf, spacesByElement, uniformOf, vectorOf } from '../../support/vector-sets.ts'
import { newestFormat } from '../../support/newest-format.ts'

test('NearestSoFar: a limit is the last of the least so many that were added, in whatever order', (t) => {
  const uniform = uniformOf(5)
  for (let round = 0; round < 50; round++) {
    const k = 1 + Math.floor(uniform() * 8)
    const wanted = 1 + Math.floor(uniform() * 30)
    const nearest = new NearestSoFar(k)
    const largeIsNear = round % 2 === 0
    const all: number[] = []
    for (let batch = 0; batch < 6; batch++) {
      const values = Float32Array.from({ length: Math.floor(uniform() * 12) }, () =>
        Math.floor(uniform() * 40 - 20)
      ).sort()
      all.push(...values)
      all.sort((a, b) => a - b)
      const raw = largeIsNear ? values.map((x) => -x) : values
      nearest.addHits(raw, !largeIsNear)
      nearest.addCandidates(values.length, (at) => values[at]!, wanted)
      t.is(nearest.hitLimit, all[k - 1] ?? Number.POSITIVE_INFINITY, `round ${round}`)
      t.is(nearest.candidateLimit(wanted), all[wanted - 1] ?? Number.POSITIVE_INFINITY)
    }
  }
})

test('NearestSoFar: over one memory all threads have one', (t) => {
  const uniform = uniformOf(6)
  for (let round = 0; round < 50; round++) {
    const k = 1 + Math.floor(uniform() * 8)
    const asked = 1 + Math.floor(uniform() * 20)
    const first = NearestSoFar.shared(k, asked)
    const everyone = [first, NearestSoFar.over(first.memory!), NearestSoFar.over(first.memory!)]
    const all: number[] = []
    for (let batch = 0; batch < 9; batch++) {
      const values = Float32Array.from({ length: Math.floor(uniform() * 12) }, () =>
        Math.floor(uniform() * 40 - 20)
      ).sort()
      all.push(...values)
      all.sort((a, b) => a - b)
      const one = everyone[batch % 3]!
      one.addHits(values, true)
      one.addCandidates(values.length, (at) => values[at]!, 2 * asked)
      for (const other of everyone) {
        t.is(other.hitLimit, all[k - 1] ?? Number.POSITIVE_INFINITY, `round ${round}`)
        t.is(other.candidateLimit(2 * asked), all[2 * asked - 1] ?? Number.POSITIVE_INFINITY)
        t.is(other.candidateLimit(100 * asked), Number.POSITIVE_INFINITY, 'never so many')
      }
    }
  }
})

test('NearestSoFar: more candidates than there is room for are the least of them', (t) => {
  const nearest = NearestSoFar.shared(1, 2)
  nearest.addCandidates(20, (at) => at + 10, 20)
  nearest.addCandidates(3, (at) => at, 20)
  t.is(nearest.candidateLimit(3), 2)
  t.is(nearest.candidateLimit(8), 14)
  t.is(nearest.candidateLimit(9), Number.POSITIVE_INFINITY)
})

test('NearestSoFar: a thread that died while it added holds nobody up: there is no limit then', (t) => {
  const nearest = NearestSoFar.shared(1, 2)
  nearest.addHits(Float32Array.of(1), true)
  t.is(nearest.hitLimit, 1)
  new Int32Array(nearest.memory!)[0] = 1
  nearest.addHits(Float32Array.of(0), true)
  t.is(nearest.hitLimit, Number.POSITIVE_INFINITY)
  t.is(nearest.candidateLimit(1), Number.POSITIVE_INFINITY)
})

type Part = { readonly index: VectorIndex; readonly idOf: readonly number[] }

async function partsOf(
  vectors: readonly Vector[],
  spec: VectorSpec,
  partCount: number
): Promise<Part[]> {
  const parts: Part[] = []
  for (let part = 0; part < partCount; part++) {
    const ids = vectors.map((_, id) => id).filter((id) => id % partCount === part)
    const pages = new ArrayPages()
    const rows = { count: ids.length, row: (at: number) => vectors[ids[at]!]! }
    const options = { seed: 1, threads: 0 }
    const { meta, rowOfOrd } = await newestFormat('hnsw').build(rows, spec, pages.sink, options)
    const source = new ArrayPageSource(pages, pages.pages.size + 1, 4 << 20)
    const index = newestFormat('hnsw').open(meta, source)
    parts.push({ index, idOf: Array.from(rowOfOrd, (row) => ids[row]!) })
  }
  return parts
}

type Answer = {
  readonly best: readonly (readonly [number, number])[]
  readonly hitCount: number
  readonly visitedCount: number
}

/** The k best of all parts as pairs of distance and id: ties go to the lower part. */
function searchParts(
  parts: readonly Part[],
  request: VectorSearchRequest,
  nearest: NearestSoFar | null
): Answer {
  const found: (readonly [number, number])[] = []
  let visitedCount = 0
  for (const { index, idOf } of parts) {
    const result = index.search(nearest === null ? request : { ...request, nearest })
    const sign = smallIsNear(index.spec.space) ? 1 : -1
    visitedCount += result.visitedCount
    result.ords.forEach((ord, at) => found.push([sign * result.values[at]!, idOf[ord]!]))
  }
  const best = found.toSorted((a, b) => a[0] - b[0]).slice(0, request.k)
  return { best, hitCount: found.length, visitedCount }
}

const requestOf = (
  query: Vector,
  strategy: VectorSearchRequest['strategy']
): VectorSearchRequest => ({ query, k: 5, candidates: 80, rescore: 0, accept: null, strategy })

const kinds = (['float32', 'int8', 'bit'] as const).flatMap((element) =>
  spacesByElement[element].map((space) => ({ element, space }))
)
for (const { element, space } of kinds) {
  const name = `${element} ${space}`
  test(`search: with a limit from other indexes the best of all are the same, ${name}`, async (t) => {
    const spec = specOf(element, space, 16)
    const uniform = uniformOf(11)
    const vectors = Array.from({ length: 900 }, () => vectorOf(spec, uniform))
    const parts = await partsOf(vectors, spec, 3)
    let sparedHits = 0
    let [aloneFound, togetherFound] = [0, 0]
    for (let at = 0; at < 40; at++) {
      const query = vectorOf(spec, uniform)
      const exact = searchParts(parts, requestOf(query, 'exact'), null)
      const limited = searchParts(parts, requestOf(query, 'exact'), new NearestSoFar(5))
      t.deepEqual(limited.best, exact.best)
      sparedHits += exact.hitCount - limited.hitCount
      // Distances, not ids: bits and bytes have many ties.
      const foundOf = ({ best }: Answer): number =>
        best.filter(([far], place) => far <= exact.best[place]![0]).length
      const request = requestOf(query, 'graph')
      aloneFound += foundOf(searchParts(parts, request, null))
      togetherFound += foundOf(searchParts(parts, request, new NearestSoFar(5)))
    }
    t.true(sparedHits > 40, `${sparedHits} hits spared`)
    t.true(togetherFound >= aloneFound - 6, `${togetherFound} of 200, alone ${aloneFound}`)
  })
}

/** Points around one centre a part: as if each part had been written at another time. */
test('search: walks end early where other indexes have nearer candidates, and find as much', async (t) => {
  const space: Space = 'l2'
  const spec = specOf('float32', space, 16)
  const uniform = uniformOf(3)
  const centres = Array.from({ length: 4 }, () => vectorOf(spec, uniform))
  const around = (part: number): Float32Array =>
    Float32Array.from(centres[part]!, (x) => x + uniform() - 0.5)
  const vectors = Array.from({ length: 6_000 }, (_, id) => around(id % 4))
  const parts = await partsOf(vectors, spec, 4)
  let [aloneVisited, togetherVisited, aloneFound, togetherFound] = [0, 0, 0, 0]
  for (let at = 0; at < 60; at++) {
    const query = around(0)
    const exact = new Set(
      searchParts(parts, requestOf(query, 'exact'), null).best.map(([, id]) => id)
    )
    const request = requestOf(query, 'graph')
    const alone = searchParts(parts, request, null)
    const together = searchParts(parts, request, new NearestSoFar(5))
    aloneVisited += alone.visitedCount
    togetherVisited += together.visitedCount
    aloneFound += alone.best.filter(([, id]) => exact.has(id)).length
    togetherFound += together.best.filter(([, id]) => exact.has(id)).length
  }
  t.true(togetherVisited < 0.9 * aloneVisited, `${togetherVisited} of ${aloneVisited}`)
  t.true(togetherFound >= aloneFound - 1, `${togetherFound}, alone ${aloneFound} of 300`)
})
