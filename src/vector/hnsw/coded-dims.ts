/**
 * Which dimensions have 7-bit codes. Where some hardly differ from row to row, as the rims of images do, their part of a distance is
 * nearly the same for all rows: codes without them are shorter, and the rows themselves tell the rest. MNIST keeps 512 of 784 dimensions,
 * and a search takes a quarter less; embeddings, whose dimensions all vary, keep all.
 */
import { align } from '../geometry.ts'
import type { Slices } from '../slices.ts'
import { normalise } from '../spaces.ts'
import type { VectorRows, VectorSpec } from '../types.ts'

/** Ascending; null: all. */
export type CodedDims = Uint16Array | null

/** Share of the variance of rows that dimensions without codes may have together. */
const leftOutMax = 0.002
/** Codes fill whole lines of the processor's cache: one that begins within a line takes another. */
const lineBytes = 64
/** The same, of rows that came to a graph whose dimensions were chosen before. */
const driftedMax = 4 * leftOutMax
/** Leaving out fewer is not worth it. */
const leftOutShareMin = 1 / 16
const sampleRows = 2_048

/** The dimensions to be coded; the sample check (sample-check.ts) has the last word. */
export async function chooseCodedDims(
  rows: VectorRows,
  spec: VectorSpec,
  slices: Slices
): Promise<CodedDims> {
  // By inner product a dimension counts that is far from 0, whether it varies or not.
  if (spec.space === 'mip') return null
  const { each, total } = await variances(rows, spec, slices)
  const ascending = [...each.keys()].sort((a, b) => each[a]! - each[b]!)
  let leftOut = 0
  let variance = 0
  while (leftOut < spec.dims) {
    variance += each[ascending[leftOut]!]!
    if (variance > leftOutMax * total) break
    leftOut += 1
  }
  const codedCount = align(spec.dims - leftOut, lineBytes)
  const isWorthIt = codedCount > 0 && codedCount <= (1 - leftOutShareMin) * spec.dims
  return isWorthIt ? Uint16Array.from(ascending.slice(-codedCount)).sort() : null
}

/** Whether dimensions that were chosen by other rows do for these. */
export async function areDimsEnough(
  coded: CodedDims,
  rows: VectorRows,
  spec: VectorSpec,
  slices: Slices
): Promise<boolean> {
  if (coded === null) return true
  const { each, total } = await variances(rows, spec, slices)
  const held = coded.reduce((sum, dim) => sum + each[dim]!, 0)
  return held >= (1 - driftedMax) * total
}

/** Of a sample of rows spread over all. */
async function variances(
  rows: VectorRows,
  spec: VectorSpec,
  slices: Slices
): Promise<{ readonly each: Float64Array; readonly total: number }> {
  const { dims, space } = spec
  const count = Math.min(rows.count, sampleRows)
  const sums = new Float64Array(dims)
  const squares = new Float64Array(dims)
  let first: Float32Array | null = null
  for (let i = 0; i < count; i++) {
    const given = rows.row(Math.floor((i * rows.count) / count)) as Float32Array
    const row = space === 'cosine' ? normalise(given) : given
    first ??= row.slice()
    for (let dim = 0; dim < dims; dim++) {
      // Values far from 0 that hardly differ would lose their difference in the squares.
      const x = row[dim]! - first[dim]!
      sums[dim]! += x
      squares[dim]! += x * x
    }
    if (slices.due()) await slices.wait()
  }
  const each = squares.map((square, dim) => Math.max(0, square / count - (sums[dim]! / count) ** 2))
  return { each, total: each.reduce((sum, one) => sum + one, 0) }
}

/** As the parameter of a graph: a bit for each dimension, eight to two hexadecimal digits, the lowest first; '' for all. */
export function codedDimsText(coded: CodedDims, dims: number): string {
  if (coded === null) return ''
  const bits = Buffer.alloc(Math.ceil(dims / 8))
  for (const dim of coded) bits[dim >>> 3]! |= 1 << (dim & 7)
  return bits.toString('hex')
}

/** null when it is no such text of so many dimensions. */
export function codedDimsIn(text: string, dims: number): { readonly coded: CodedDims } | null {
  if (text === '') return { coded: null }
  const bits = Buffer.from(text, 'hex')
  const coded: number[] = []
  for (let dim = 0; dim < 8 * bits.length; dim++)
    if ((bits[dim >>> 3]! & (1 << (dim & 7))) !== 0) coded.push(dim)
  const isWhole = 2 * bits.length === text.length && bits.length === Math.ceil(dims / 8)
  return isWhole && coded.length > 0 && Math.max(...coded) < dims
    ? { coded: Uint16Array.from(coded) }
    : null
}
