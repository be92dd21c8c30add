/**
 * Goal     every kernel answers what its twin answers, bit for bit, whatever the length, the address and the way
 *          (one row or many); and the float32 answers are as near to the true value as the number of additions allows.
 * Method   random rows of 1 to 4,096 elements at random addresses, between bytes that would spoil the answer if they
 *          were read. True values are float64.
 * Bounds   u = 2^-24, the largest relative error of one float32 operation. Each product carries the error of at most three
 *          operations (difference, square or product), and an element passes at most h = dims / 8 + 5 additions (its lane, the tail,
 *          the two accumulators, two steps across). Higham, Accuracy and Stability, (3.5): the error is at most
 *          gamma(h + 3) = (h + 3) u / (1 - (h + 3) u) times the sum of the absolute values of the terms.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { codeSums, createKernelMemory, distanceKernels } from '../../../src/simd/index.ts'
import * as twin from '../../../src/simd/twin.ts'

const seed = 20_260_103
const memory = createKernelMemory(1 << 20)
const bytes = new Uint8Array(memory.buffer)
const variants = codeSums.map((sums) => ({ sums, kernels: distanceKernels(memory, sums) }))

/** Copies rows of the same length behind one another, `stride` bytes apart, with 0x7f between and around them. */
function place(
  address: number,
  stride: number,
  rows: readonly (Float32Array | Int8Array | Uint8Array)[]
): void {
  bytes.fill(0x7f, address - 64, address + stride * rows.length + 64)
  for (const [at, row] of rows.entries()) {
    bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), address + at * stride)
  }
}

const queryAddress = 65_600
const rowsAddress = 131_200
const outAddress = 900_000
const dims = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 4_096 }))
const layout = fc.record({
  dims,
  seed: fc.integer(),
  count: fc.integer({ min: 1, max: 9 }),
  queryShift: fc.nat(63),
  rowShift: fc.nat(63),
  padding: fc.nat(40)
})

/** Mulberry32: numbers in 0 .. 1 from a seed. */
function random(state: number): () => number {
  let next = state | 0
  return () => {
    next = (next + 0x6d2b79f5) | 0
    let mixed = Math.imul(next ^ (next >>> 15), 1 | next)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Case<Row> = {
  readonly query: Row
  readonly rows: readonly Row[]
  readonly at: { query: number; rows: number; stride: number }
}

/** Rows in memory; `make` draws one. */
function arrange<Row extends Float32Array | Int8Array | Uint8Array>(
  drawn: {
    dims: number
    seed: number
    count: number
    queryShift: number
    rowShift: number
    padding: number
  },
  make: (length: number, next: () => number) => Row
): Case<Row> {
  const next = random(drawn.seed)
  const query = make(drawn.dims, next)
  const rows = Array.from({ length: drawn.count }, () => make(drawn.dims, next))
  const at = {
    query: queryAddress + drawn.queryShift,
    rows: rowsAddress + drawn.rowShift,
    stride: query.byteLength + drawn.padding
  }
  place(at.query, query.byteLength, [query])
  place(at.rows, at.stride, rows)
  return { query, rows, at }
}

/** float32 of all sizes: most near 1, some tiny, some huge, zeros. */
function floats(length: number, next: () => number): Float32Array {
  const scale = [1, 1, 1e-3, 1e6, 1e-22][Math.floor(next() * 5)]!
  return Float32Array.from({ length }, () => (next() < 0.1 ? 0 : (next() * 2 - 1) * scale))
}
const codes = (length: number, next: () => number): Uint8Array =>
  Uint8Array.from({ length }, () => (next() < 0.2 ? 127 * Math.round(next()) : next() * 128))
const signed = (length: number, next: () => number): Int8Array =>
  Int8Array.from({ length }, () =>
    next() < 0.2 ? (next() < 0.5 ? -128 : 127) : next() * 256 - 128
  )
const bits = (length: number, next: () => number): Uint8Array =>
  Uint8Array.from({ length }, () => next() * 256)

const floatKernels = [
  ['dotF32', twin.dotF32],
  ['l2F32', twin.l2F32],
  ['l1F32', twin.l1F32],
  ['linfF32', twin.linfF32]
] as const

for (const { sums: variant, kernels } of variants) {
  for (const [name, expectedOf] of floatKernels) {
    test(`${name} (${variant}): one row and many rows answer the twin's bits`, (t) => {
      fc.assert(
        fc.property(layout, (drawn) => {
          const { query, rows, at } = arrange(drawn, floats)
          kernels[`${name}Rows`](
            at.query,
            at.rows,
            at.stride,
            rows.length,
            query.length,
            outAddress
          )
          const many = new Float32Array(memory.buffer, outAddress, rows.length)
          return rows.every((row, index) => {
            const expected = expectedOf(query, row)
            const one = kernels[name](at.query, at.rows + index * at.stride, query.length)
            return Object.is(one, expected) && Object.is(many[index], expected)
          })
        }),
        { seed, numRuns: 300 }
      )
      t.pass()
    })
  }

  test(`normF32, normI8 (${variant}): the twin's bits`, (t) => {
    fc.assert(
      fc.property(layout, (drawn) => {
        const float = arrange({ ...drawn, count: 1 }, floats)
        if (!Object.is(kernels.normF32(float.at.query, drawn.dims), twin.normF32(float.query)))
          return false
        const int = arrange({ ...drawn, count: 1 }, signed)
        return kernels.normI8(int.at.query, drawn.dims) === twin.normI8(int.query)
      }),
      { seed, numRuns: 200 }
    )
    t.pass()
  })

  const byteKernels = [
    ['dotI7', codes, twin.dotBytes],
    ['l2I7', codes, twin.l2Bytes],
    ['dotI8', signed, twin.dotBytes],
    ['l2I8', signed, twin.l2Bytes]
  ] as const
  for (const [name, make, expectedOf] of byteKernels) {
    test(`${name} (${variant}): one row and many rows are exact`, (t) => {
      fc.assert(
        fc.property(layout, (drawn) => {
          const { query, rows, at } = arrange<Int8Array | Uint8Array>(drawn, make)
          kernels[`${name}Rows`](
            at.query,
            at.rows,
            at.stride,
            rows.length,
            query.length,
            outAddress
          )
          const many = new Int32Array(memory.buffer, outAddress, rows.length)
          return rows.every((row, index) => {
            const expected = expectedOf(query, row)
            const one = kernels[name](at.query, at.rows + index * at.stride, query.length)
            return one === expected && many[index] === expected
          })
        }),
        { seed, numRuns: 300 }
      )
      t.pass()
    })
  }

  test(`dotI7, l2I7, dotI8, l2I8 (${variant}): the largest sums of 4,096 elements do not overflow`, (t) => {
    const length = 4_096
    const fill = (value: number): Int8Array => new Int8Array(length).fill(value)
    place(queryAddress, length, [fill(127)])
    place(rowsAddress, length, [fill(127), fill(0), fill(-128)])
    t.is(kernels.dotI7(queryAddress, rowsAddress, length), 127 * 127 * length)
    t.is(kernels.l2I7(queryAddress, rowsAddress + length, length), 127 * 127 * length)
    t.is(kernels.dotI8(queryAddress, rowsAddress + 2 * length, length), -127 * 128 * length)
    t.is(kernels.l2I8(queryAddress, rowsAddress + 2 * length, length), 255 * 255 * length)
  })

  test(`hamming (${variant}): one row and many rows are exact`, (t) => {
    fc.assert(
      fc.property(layout, (drawn) => {
        const { query, rows, at } = arrange(drawn, bits)
        kernels.hammingRows(at.query, at.rows, at.stride, rows.length, query.length, outAddress)
        const many = new Int32Array(memory.buffer, outAddress, rows.length)
        return rows.every((row, index) => {
          const expected = twin.hamming(query, row)
          const one = kernels.hamming(at.query, at.rows + index * at.stride, query.length)
          return one === expected && many[index] === expected
        })
      }),
      { seed, numRuns: 300 }
    )
    t.pass()
  })
}

/** Terms of a float32 kernel in float64. */
const termOf = {
  dotF32: (a: number, b: number) => a * b,
  l2F32: (a: number, b: number) => (a - b) ** 2,
  l1F32: (a: number, b: number) => Math.abs(a - b)
} as const

for (const name of ['dotF32', 'l2F32', 'l1F32'] as const) {
  test(`${name}: the error against float64 is within the bound for its additions`, (t) => {
    const { kernels } = variants[0]!
    fc.assert(
      fc.property(layout, (drawn) => {
        const { query, rows, at } = arrange({ ...drawn, count: 1 }, floats)
        const terms = Array.from(query, (a, index) => termOf[name](a, rows[0]![index]!))
        const exact = terms.reduce((a, b) => a + b, 0)
        const magnitude = terms.reduce((a, b) => a + Math.abs(b), 0)
        const roundings = (query.length / 8 + 5 + 3) * 2 ** -24
        // Products below 2^-126 lose bits: at most half of the smallest float32 each.
        const underflow = query.length * 2 ** -150
        const bound = (roundings / (1 - roundings)) * magnitude + underflow
        return Math.abs(kernels[name](at.query, at.rows, query.length) - exact) <= bound
      }),
      { seed, numRuns: 300 }
    )
    t.pass()
  })
}

test('linfF32: the largest difference is the float32 nearest to the true one', (t) => {
  const { kernels } = variants[0]!
  fc.assert(
    fc.property(layout, (drawn) => {
      const { query, rows, at } = arrange({ ...drawn, count: 1 }, floats)
      const exact = query.reduce(
        (largest, a, index) => Math.max(largest, Math.abs(a - rows[0]![index]!)),
        0
      )
      return kernels.linfF32(at.query, at.rows, query.length) === Math.fround(exact)
    }),
    { seed, numRuns: 200 }
  )
  t.pass()
})

test('dotF32: a sum beyond float32 is infinite, as IEEE 754 has it', (t) => {
  const { kernels } = variants[0]!
  place(queryAddress, 36, [new Float32Array(9).fill(3e38)])
  place(rowsAddress, 36, [new Float32Array(9).fill(3e38)])
  t.is(kernels.dotF32(queryAddress, rowsAddress, 9), Infinity)
  t.is(kernels.l2F32(queryAddress, rowsAddress, 9), 0)
})
