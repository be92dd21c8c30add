/**
 * Hash postings in memory, in pages, and merged, judged by plain maps; and that a merge writes the very pages that hashing
 * all rows would.
 */
import test from 'ava'
import { othersAddress } from '../../../../src/simd/index.ts'
import type { ExecutionContext } from 'ava'
import { hashQuery } from '../../../../src/vector/index.ts'
import type {
  HashPostings,
  HashSpec,
  RowPostings,
  Vector,
  VectorRows
} from '../../../../src/vector/index.ts'
import { BitSet } from '../../../../src/util/index.ts'
import { buildHashPostings } from '../../../../src/vector/lsh/build-postings.ts'
import { GrowingHashPostings } from '../../../../src/vector/lsh/growing-postings.ts'
import { PagedHashPostings } from '../../../../src/vector/lsh/paged-postings.ts'
import { yieldEvery } from '../../../../src/vector/slices.ts'
import { ArrayPages, ArrayPageSource } from '../../../support/array-pages.ts'
import { commonCount, readTerms, termsOf } from '../../../support/posting-map.ts'
import { uniformOf } from '../../../support/vector-sets.ts'

const seed = 20_261_121
const dims = 40

const specs: readonly HashSpec[] = [
  { model: 'trueIndices', dims },
  { model: 'minHash', dims, tables: 30, functions: 2 },
  { model: 'bitSampling', dims, tables: 20, functions: 3 },
  { model: 'randomProjection', dims, tables: 20, functions: 4 },
  { model: 'stableDistributions', dims, tables: 20, functions: 2, width: 3 },
  { model: 'permutation', dims, functions: 8, repeating: false },
  { model: 'permutation', dims, functions: 8, repeating: true }
]

function isSparse({ model }: HashSpec): boolean {
  return model === 'trueIndices' || model === 'minHash' || model === 'bitSampling'
}

/** Some empty, some equal to one before. */
function vectorsOf(spec: HashSpec, count: number): (Float32Array | Int32Array)[] {
  const uniform = uniformOf(seed)
  const vectors: (Float32Array | Int32Array)[] = []
  for (let at = 0; at < count; at++) {
    const draw = uniform()
    if (draw < 0.05 && at > 0) vectors.push(vectors[Math.floor(uniform() * at)]!.slice())
    else if (isSparse(spec)) {
      const density = uniform() * 0.6 - 0.05
      const all = Array.from({ length: spec.dims }, (_, index) => index)
      vectors.push(Int32Array.from(all.filter(() => uniform() < density)))
    } else vectors.push(Float32Array.from({ length: spec.dims }, () => uniform() * 4 - 2))
  }
  return vectors
}

function best(counts: readonly number[], accept: BitSet | null, wanted: number): number[] {
  const matched = [...counts.keys()].filter((ord) => counts[ord]! > 0 && (accept?.has(ord) ?? true))
  const sorted = matched.sort((a, b) => counts[b]! - counts[a]! || a - b)
  return sorted.slice(0, wanted).sort((a, b) => a - b)
}

function rowsOf(vectors: readonly Vector[], postings?: readonly RowPostings[]): VectorRows {
  const rows = { count: vectors.length, row: (at: number) => vectors[at]! }
  return postings === undefined ? rows : { ...rows, postings }
}

async function written(spec: HashSpec, rows: VectorRows): Promise<Built> {
  const pages = new ArrayPages()
  const { meta, pageCounts } = await buildHashPostings(
    spec,
    rows,
    pages.sink,
    yieldEvery(undefined)
  )
  const open: Built['open'] = (frameCount, others = false) => {
    const source = new ArrayPageSource(pages, frameCount)
    new Uint32Array(source.memory.buffer)[othersAddress / 4] = Number(others)
    return new PagedHashPostings(meta, pageCounts, rows.count, source)
  }
  return { pages, open }
}
type Built = {
  readonly pages: ArrayPages
  /** @param others  As if other threads took pages out of their frames too. */
  readonly open: (frames: number, others?: boolean) => PagedHashPostings
}

function growing(spec: HashSpec, vectors: readonly Vector[]): GrowingHashPostings {
  const postings = new GrowingHashPostings(spec)
  for (const [ord, vector] of vectors.entries()) postings.add(ord, vector)
  return postings
}

function check(
  t: ExecutionContext,
  spec: HashSpec,
  postings: HashPostings,
  vectors: readonly (Float32Array | Int32Array)[]
): void {
  const uniform = uniformOf(seed + 1)
  const documents = vectors.map((vector) => termsOf(spec, vector))
  const odd = new BitSet(vectors.length)
  for (let ord = 1; ord < vectors.length; ord += 2) odd.add(ord)
  const queries = [...vectorsOf({ ...spec }, 12), ...vectors.slice(0, 3)]
  for (const query of queries) {
    const probes = spec.model === 'stableDistributions' ? Math.floor(uniform() * 3) : 0
    const terms = hashQuery(spec, query, probes)
    const counts = documents.map((document) => commonCount(readTerms(terms), document))
    for (const accept of [null, odd]) {
      for (const wanted of [0, 1, 10, vectors.length - 1, Infinity]) {
        const hits = postings.candidates(terms, wanted, accept)
        t.deepEqual([...hits.ords], best(counts, accept, wanted), JSON.stringify({ spec, wanted }))
        t.deepEqual(postings.candidateOrds(terms, wanted, accept), hits.ords)
        t.deepEqual(
          [...hits.counts],
          [...hits.ords].map((ord) => counts[ord]!)
        )
      }
    }
  }
}

for (const spec of specs) {
  const name = `${spec.model}${'repeating' in spec && spec.repeating ? ' repeating' : ''}`
  test(`${name}: in memory, in pages and in one frame counts are those of plain maps`, async (t) => {
    const vectors = vectorsOf(spec, 300)
    const source = new ArrayPageSource(new ArrayPages(), 1)
    const memory = growing(spec, vectors)
    check(
      t,
      spec,
      memory.view(source, () => vectors.length),
      vectors
    )
    check(
      t,
      spec,
      memory.view(source, () => 120),
      vectors.slice(0, 120)
    )
    const built = await written(spec, rowsOf(vectors))
    check(t, spec, built.open(64), vectors)
    check(t, spec, built.open(1), vectors)
    check(t, spec, built.open(1, true), vectors)
    check(t, spec, built.open(64, true), vectors)
  })

  test(`${name}: merged from memory and pages, without some, the pages are those of a fresh build`, async (t) => {
    const vectors = vectorsOf(spec, 300)
    const parts = [vectors.slice(0, 90), vectors.slice(90, 200), vectors.slice(200)]
    const sources = [
      () => growing(spec, parts[0]!).entries(90),
      await entriesInPages(spec, parts[1]!),
      await entriesInPages(spec, parts[2]!)
    ]
    for (const isKept of [() => true, (ord: number) => ord % 3 !== 1]) {
      const kept: Vector[] = []
      const postings = parts.map((part, at): RowPostings => {
        const rowOfOrd = new Int32Array(part.length).fill(-1)
        for (const [ord, vector] of part.entries()) {
          if (isKept(ord)) rowOfOrd[ord] = kept.push(vector) - 1
        }
        return { entries: sources[at]!, rowOfOrd }
      })
      const merged = await written(spec, rowsOf(kept, postings))
      const fresh = await written(spec, rowsOf(kept))
      t.deepEqual(merged.pages.pages, fresh.pages.pages)
    }
  })
}

async function entriesInPages(
  spec: HashSpec,
  vectors: readonly Vector[]
): Promise<RowPostings['entries']> {
  const { open } = await written(spec, rowsOf(vectors))
  return () => open(2).entries()
}

test('more vectors than a word counts lie in chunks, those of a term over many pages', async (t) => {
  const spec = { model: 'trueIndices', dims: 200 } as const
  const uniform = uniformOf(seed)
  // Every vector has index 0, every 40,000th has index 1; the last ones alone have 199.
  const vectors = Array.from({ length: 150_000 }, (_, at) => {
    const indices = at % 40_000 === 7 ? [0, 1] : [0]
    return Int32Array.from([
      ...indices,
      2 + Math.floor(uniform() * 100),
      ...(at > 149_990 ? [199] : [])
    ])
  })
  const { open } = await written(spec, rowsOf(vectors))
  const postings = open(1)
  const all = postings.candidates(hashQuery(spec, Int32Array.of(0), 0), Infinity, null)
  t.is(all.ords.length, vectors.length)
  t.true(all.ords.every((ord, at) => ord === at))
  const few = postings.candidates(hashQuery(spec, Int32Array.of(1, 198), 0), 100, null)
  t.deepEqual([...few.ords], [7, 40_007, 80_007, 120_007])
  const both = postings.candidates(hashQuery(spec, Int32Array.of(0, 1, 199), 0), 12, null)
  t.deepEqual(
    [...both.ords],
    [7, 40_007, 80_007, 120_007, ...Array.from({ length: 8 }, (_, at) => 149_991 + at)]
  )
  t.true(both.counts.every((count) => count === 2))
  const again = await written(
    spec,
    rowsOf(vectors, [
      { entries: () => postings.entries(), rowOfOrd: Int32Array.from(vectors, (_, at) => at) }
    ])
  )
  t.is(again.pages.pages.size, (await written(spec, rowsOf(vectors))).pages.pages.size)
})

test('an index without vectors, a query without terms, and terms that nobody has find nothing', async (t) => {
  const spec = { model: 'trueIndices', dims: 50 } as const
  const none = await written(spec, rowsOf([]))
  t.is(none.open(1).candidates(hashQuery(spec, Int32Array.of(1), 0), 5, null).ords.length, 0)
  const some = await written(spec, rowsOf([Int32Array.of(3), Int32Array.of()]))
  t.is(some.open(1).candidates(hashQuery(spec, Int32Array.of(), 0), 5, null).ords.length, 0)
  t.is(some.open(1).candidates(hashQuery(spec, Int32Array.of(1, 2, 49), 0), 5, null).ords.length, 0)
  t.deepEqual([...some.open(1).candidates(hashQuery(spec, Int32Array.of(3), 0), 5, null).ords], [0])
})

test('more query terms than two bytes count are counted all the same', async (t) => {
  const spec = {
    model: 'stableDistributions',
    dims: 4,
    tables: 40,
    functions: 8,
    width: 2
  } as const
  const vectors = Array.from({ length: 30 }, (_, at) => Float32Array.of(at, 1, 2, 3))
  const documents = vectors.map((vector) => termsOf(spec, vector))
  const terms = hashQuery(spec, Float32Array.of(4, 1, 2, 3), 2000)
  t.true(terms.count > 65_536)
  const { open } = await written(spec, rowsOf(vectors))
  const counts = documents.map((document) => commonCount(readTerms(terms), document))
  const source = new ArrayPageSource(new ArrayPages(), 1, 16 << 20)
  const memory = growing(spec, vectors).view(source, () => vectors.length)
  for (const postings of [open(4), memory]) {
    const hits = postings.candidates(terms, 7, null)
    t.deepEqual([...hits.ords], best(counts, null, 7))
  }
})
