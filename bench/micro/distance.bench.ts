/**
 * Question    how long does a kernel take for one row, by dimension, alone and many rows at a call?
 * Workload    one query against `rowCount` rows of seeded uniform values, in order, all in a CPU's nearer caches;
 *             the plain TypeScript twin of dotF32 beside it.
 * Sizes       smoke (default, runs in the test suite): 1 pass.  full (BENCH=full): 2_000 passes.
 * Reports     nanoseconds a row, the best of 5 rounds, one row a call / all rows in one call; and a checksum that must not
 *             change between runs.
 * Trust       good for comparing two commits on one machine; says nothing of a search, which waits for memory.
 * Run         node scripts/build-simd.ts && BENCH=full node bench/micro/distance.bench.ts
 */
import { codeSums, createKernelMemory, distanceKernels, twin } from '../../src/simd/index.ts'
import type { DistanceKernels } from '../../src/simd/index.ts'

const passCount = process.env['BENCH'] === 'full' ? 2_000 : 1
const rowCount = 64
const memory = createKernelMemory(1 << 20)
const bytes = new Uint8Array(memory.buffer)
const query = 65_600
const rows = 131_072
const out = 900_096

/** Name of a kernel, of its variant for many rows, and the bytes of an element. */
const measured = [
  ['dotF32', 'dotF32Rows', 4],
  ['l2F32', 'l2F32Rows', 4],
  ['l1F32', 'l1F32Rows', 4],
  ['linfF32', 'linfF32Rows', 4],
  ['dotI7', 'dotI7Rows', 1],
  ['l2I7', 'l2I7Rows', 1],
  ['dotI8', 'dotI8Rows', 1],
  ['l2I8', 'l2I8Rows', 1],
  ['hamming', 'hammingRows', 1 / 8]
] as const

function fill(elementBytes: number): void {
  let state = 42
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0)
  if (elementBytes === 4) {
    const floats = new Float32Array(memory.buffer)
    for (let at = query >>> 2; at < out >>> 2; at++) floats[at] = next() / 2 ** 31 - 1
  } else for (let at = query; at < out; at++) bytes[at] = next() >>> 25
}

/** Nanoseconds a row of the best of 5 rounds. */
function best(run: () => void): string {
  const times = Array.from({ length: 5 }, () => {
    const start = process.hrtime.bigint()
    for (let pass = 0; pass < passCount; pass++) run()
    return Number(process.hrtime.bigint() - start) / passCount / rowCount
  })
  return Math.min(...times).toFixed(1)
}

function measureKernels(kernels: DistanceKernels, variant: string, dims: number): void {
  for (const [one, many, elementBytes] of measured) {
    fill(elementBytes)
    const stride = dims * elementBytes
    const length = elementBytes < 1 ? stride : dims
    let checksum = 0
    const single = best(() => {
      checksum = 0
      for (let row = 0; row < rowCount; row++) {
        checksum += kernels[one](query, rows + row * stride, length)
      }
    })
    const batch = best(() => kernels[many](query, rows, stride, rowCount, length, out))
    console.log(
      `${one} ${variant} dims=${dims} ns=${single}/${batch} checksum=${checksum.toFixed(3)}`
    )
  }
}

for (const dims of [128, 768]) {
  for (const sums of codeSums) {
    measureKernels(distanceKernels(memory, sums), sums, dims)
  }
  fill(4)
  const floats = new Float32Array(memory.buffer)
  const a = floats.subarray(query >>> 2, (query >>> 2) + dims)
  const all = Array.from({ length: rowCount }, (_, row) =>
    floats.subarray((rows >>> 2) + row * dims, (rows >>> 2) + (row + 1) * dims)
  )
  let checksum = 0
  const twinNs = best(() => {
    checksum = all.reduce((sum, row) => sum + twin.dotF32(a, row), 0)
  })
  console.log(`dotF32 twin dims=${dims} ns=${twinNs} checksum=${checksum.toFixed(3)}`)
}
