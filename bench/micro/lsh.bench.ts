/**
 * Question    how long does it take to hash one vector, by model, and does a call leave garbage behind? How many bytes do the
 *             postings of a vector take, on disk and in the write buffer?
 * Workload    `vectorCount` seeded vectors in turn: dense ones of 784 dims in 0 .. 255, as images have; sets of 200 of 1024
 *             indices. Parameters: those published for Fashion-MNIST and those of Elastiknn's recall tests.
 *             Sizes of postings: random vectors of 100 dims, as in Elastiknn's documentation, with its parameters.
 * Sizes       smoke (default, runs in the test suite): 1 pass, 300 vectors.  full (BENCH=full): 200 passes, 10,000 vectors.
 * Reports     microseconds a vector, the best of 5 rounds; GB/s of parameters read, which a dense model cannot do without;
 *             bytes of garbage a call; bytes a vector of postings and terms in pages, of both in the buffer; and a checksum that must not change between runs.
 * Trust       good for comparing two commits on one machine; says nothing of a search, which also counts common terms.
 * Run         node scripts/build-simd.ts && BENCH=full node bench/micro/lsh.bench.ts
 */
import type { HashModel } from '../../src/vector/lsh/hash-model.ts'
import type { HashSpec } from '../../src/vector/index.ts'
import { buildHashPostings } from '../../src/vector/lsh/build-postings.ts'
import { GrowingHashPostings } from '../../src/vector/lsh/growing-postings.ts'
import { HashTerms } from '../../src/vector/lsh/hash-terms.ts'
import { JavaRandom } from '../../src/vector/lsh/java-random.ts'
import { denseHashModel, sparseHashModel } from '../../src/vector/lsh/model-cache.ts'
import { yieldEvery } from '../../src/vector/slices.ts'

const full = process.env['BENCH'] === 'full'
const passCount = full ? 200 : 1
const sizedCount = full ? 10_000 : 300
const vectorCount = 32
const random = new JavaRandom(0)
const terms = new HashTerms()

const dense = Array.from({ length: vectorCount }, () =>
  new Float32Array(784).map(() => random.nextInt(256))
)
const sparse = Array.from({ length: vectorCount }, () =>
  Int32Array.from(Array.from({ length: 1024 }, (_none, at) => at)).filter(
    () => random.nextDouble() < 0.2
  )
)

function measure<V extends Float32Array | Int32Array>(
  name: string,
  model: HashModel<V>,
  vectors: readonly V[],
  probes: number
): void {
  let checksum = 0
  let best = Number.POSITIVE_INFINITY
  for (const vector of vectors) model.hashQuery(vector, probes, terms)
  const before = process.memoryUsage().heapUsed
  for (let round = 0; round < 5; round++) {
    const start = process.hrtime.bigint()
    for (let pass = 0; pass < passCount; pass++) {
      for (const vector of vectors) model.hashQuery(vector, probes, terms)
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / passCount / vectors.length)
  }
  const garbage = (process.memoryUsage().heapUsed - before) / (5 * passCount * vectors.length)
  for (let at = 0; at < terms.count; at++) {
    for (const byte of terms.term(at)) checksum = (Math.imul(checksum, 31) + byte) | 0
  }
  const gigabytes = (model.sizeInBytes / best).toFixed(1)
  console.log(
    `${name} terms=${terms.count} us=${(best / 1000).toFixed(1)} GB/s=${gigabytes} garbage=${garbage.toFixed(0)} checksum=${checksum}`
  )
}

const l2 = { model: 'stableDistributions', dims: 784, width: 3900 } as const
for (const [tables, functions, probes] of [
  [100, 4, 0],
  [100, 4, 3],
  [175, 7, 0]
] as const) {
  const model = denseHashModel({ ...l2, tables, functions })
  measure(`l2 L=${tables} k=${functions} probes=${probes}`, model, dense, probes)
}
const cosine = denseHashModel({ model: 'randomProjection', dims: 784, tables: 100, functions: 4 })
measure('cosine L=100 k=4', cosine, dense, 0)
const largest = denseHashModel({ model: 'permutation', dims: 784, functions: 128, repeating: true })
measure('permutation k=128', largest, dense, 0)
for (const model of ['minHash', 'bitSampling'] as const) {
  const spec = { model, dims: 1024, tables: 300, functions: 2 }
  measure(`${model} L=300 k=2`, sparseHashModel(spec), sparse, 0)
}

/** Bytes of the postings of `sizedCount` random vectors. */
async function size(spec: HashSpec, vectorOf: () => Float32Array | Int32Array): Promise<void> {
  const growing = new GrowingHashPostings(spec)
  for (let ord = 0; ord < sizedCount; ord++) growing.add(ord, vectorOf())
  const rowOfOrd = Int32Array.from({ length: sizedCount }, (_none, at) => at)
  const rows = {
    count: sizedCount,
    row: () => new Float32Array(0),
    postings: [{ entries: () => growing.entries(sizedCount), rowOfOrd }]
  }
  const bytes = { hashTerms: 0, hashPostings: 0 }
  const { meta } = await buildHashPostings(
    spec,
    rows,
    (kind, _page, payload) => {
      if (kind === 'hashTerms' || kind === 'hashPostings') bytes[kind] += payload.length
    },
    yieldEvery(undefined)
  )
  const held = growing.sizeInBytes()
  const each = (total: number): string => (total / sizedCount).toFixed(0)
  console.log(
    `bytes a vector ${JSON.stringify(spec)} postings=${each(bytes.hashPostings)} terms=${each(bytes.hashTerms)} (${meta.termCount}) buffer=${each(held.terms + held.postings)}`
  )
}

const dims = 100
const floats = (): Float32Array => new Float32Array(dims).map(() => random.nextGaussian())
const set = (): Int32Array =>
  Int32Array.from(Array.from({ length: dims }, (_none, at) => at)).filter(
    () => random.nextDouble() < 0.2
  )
await size({ model: 'trueIndices', dims }, set)
await size({ model: 'minHash', dims, tables: 99, functions: 1 }, set)
await size({ model: 'bitSampling', dims, tables: 99, functions: 1 }, set)
await size({ model: 'randomProjection', dims, tables: 99, functions: 1 }, floats)
await size({ model: 'stableDistributions', dims, tables: 99, functions: 1, width: 3 }, floats)
await size({ model: 'permutation', dims, functions: 10, repeating: true }, floats)
