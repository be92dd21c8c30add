/**
 * Axes along which the rows of an index differ most, found from some of them: principal components, by subspace iteration. They
 * are then turned among themselves (by a Hadamard matrix), so that rows differ about as much along each, and rounded to words.
 */
import { createKernelMemory, distanceKernels, referenceBase } from '../../simd/index.ts'
import { align } from '../geometry.ts'
import { JavaRandom } from '../lsh/java-random.ts'
import type { Slices } from '../slices.ts'
import type { VectorRows } from '../types.ts'

export const axisCount = 64
/** Rows that are looked at. */
const sampleCount = 512
/** More find axes that are hardly better. */
const rounds = 4
/** Below, sketches tell too little of how far apart rows lie. */
const shareMin = 0.5
/** Length of an axis in words: sums of 1,024 products with bytes fit 32 bits. */
const axisLength = 16_384
/** Deviations of rows that a byte has room for. What is beyond its ends is taken for them: no farther apart than it was. */
const deviations = 3
const byteMax = 127

export type SketchAxes = {
  readonly dims: number
  /** Axis after axis; products with rows of whole numbers are exact. */
  readonly words: Int16Array
  /** Product of each axis with the mean row. */
  readonly centers: Float64Array
  /** Of a product: what a unit of a sketch is. */
  readonly step: number
  /** Of a row: what a unit of distance is at most in sketches. */
  readonly reach: number
}

type Sample = {
  readonly dims: number
  /** Rows less their mean, and the same by columns. */
  readonly rows: number
  readonly columns: number
  readonly axes: number
  readonly products: number
  readonly floats: Float32Array
  readonly mean: Float64Array
  readonly squares: number
  readonly kernels: ReturnType<typeof distanceKernels>
}

/**
 * null: rows differ in too many ways.
 *
 * @param rows  512 or more.
 * Cost         100 ms for 784 dims, in slices.
 */
export async function sketchAxes(
  rows: VectorRows,
  dims: number,
  pause: Slices
): Promise<SketchAxes | null> {
  const sample = await sampleOf(rows, dims, pause)
  for (let round = 0; round < rounds; round++) {
    await turnTowardsRows(sample, pause)
    await makeOrthonormal(sample, pause)
  }
  await mix(sample, pause)
  const energy = await projectSample(sample, pause)
  if (!(energy > shareMin * sample.squares)) return null
  return rounded(sample, Math.sqrt(energy / (axisCount * sampleCount)), pause)
}

async function sampleOf(rows: VectorRows, dims: number, pause: Slices): Promise<Sample> {
  const width = align(dims, 4)
  const bytes = { rows: sampleCount * width * 4, axes: axisCount * width * 4 }
  const at = { rows: referenceBase, columns: referenceBase + bytes.rows }
  const axes = at.columns + bytes.rows
  const products = axes + bytes.axes
  const memory = createKernelMemory(products + axisCount * sampleCount * 4)
  const floats = new Float32Array(memory.buffer)
  const mean = new Float64Array(dims)
  for (let place = 0; place < sampleCount; place++) {
    const row = rows.row(Math.floor((place * rows.count) / sampleCount)) as Float32Array
    floats.set(row, at.rows / 4 + place * width)
    for (let dim = 0; dim < dims; dim++) mean[dim]! += row[dim]! / sampleCount
    if (pause.due()) await pause.wait()
  }
  let squares = 0
  for (let place = 0; place < sampleCount; place++) {
    for (let dim = 0; dim < dims; dim++) {
      const element = at.rows / 4 + place * width + dim
      const value = floats[element]! - mean[dim]!
      floats[element] = value
      floats[at.columns / 4 + dim * sampleCount + place] = value
      squares += value ** 2
    }
    if (pause.due()) await pause.wait()
  }
  const random = new JavaRandom(0)
  for (let axis = 0; axis < axisCount; axis++) {
    if (pause.due()) await pause.wait()
    for (let dim = 0; dim < dims; dim++)
      floats[axes / 4 + axis * width + dim] = random.nextGaussian()
  }
  return { dims, ...at, axes, products, floats, mean, squares, kernels: distanceKernels(memory) }
}

/** Products of an axis with all rows of the sample; gives their address. */
function project({ dims, rows, axes, products, kernels }: Sample, axis: number): number {
  const width = align(dims, 4) * 4
  const out = products + axis * sampleCount * 4
  kernels.dotF32Rows(axes + axis * width, rows, width, sampleCount, dims, out)
  return out
}

/** Each axis becomes the sum of the rows, each as often as it goes along the axis. */
async function turnTowardsRows(sample: Sample, pause: Slices): Promise<void> {
  const { dims, axes, columns, kernels } = sample
  for (let axis = 0; axis < axisCount; axis++) {
    const along = project(sample, axis)
    const at = axes + axis * align(dims, 4) * 4
    kernels.dotF32Rows(along, columns, sampleCount * 4, dims, sampleCount, at)
    if (pause.due()) await pause.wait()
  }
}

function axisOf({ dims, axes, floats }: Sample, axis: number): Float32Array {
  const at = axes / 4 + axis * align(dims, 4)
  return floats.subarray(at, at + dims)
}

/** Gram and Schmidt. An axis that those before it make up becomes 0. */
async function makeOrthonormal(sample: Sample, pause: Slices): Promise<void> {
  for (let axis = 0; axis < axisCount; axis++) {
    const own = axisOf(sample, axis)
    const lengthBefore = Math.sqrt(dot(own, own))
    for (let other = 0; other < axis; other++) {
      const known = axisOf(sample, other)
      const product = dot(own, known)
      for (let dim = 0; dim < own.length; dim++) own[dim]! -= product * known[dim]!
    }
    const length = Math.sqrt(dot(own, own))
    const scale = length > lengthBefore * 1e-4 ? 1 / length : 0
    for (let dim = 0; dim < own.length; dim++) own[dim]! *= scale
    if (pause.due()) await pause.wait()
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let dim = 0; dim < a.length; dim++) sum += a[dim]! * b[dim]!
  return sum
}

/** Sums and differences of axes, in pairs at distances 1, 2, 4 …: orthonormal again after each round. */
async function mix(sample: Sample, pause: Slices): Promise<void> {
  for (let step = 1; step < axisCount; step *= 2) {
    if (pause.due()) await pause.wait()
    for (let axis = 0; axis < axisCount; axis++) {
      if ((axis & step) !== 0) continue
      const one = axisOf(sample, axis)
      const two = axisOf(sample, axis + step)
      for (let dim = 0; dim < one.length; dim++) {
        const [a, b] = [one[dim]!, two[dim]!]
        one[dim] = (a + b) * Math.SQRT1_2
        two[dim] = (a - b) * Math.SQRT1_2
      }
    }
  }
}

/** The sum of the squares of all products. */
async function projectSample(sample: Sample, pause: Slices): Promise<number> {
  let energy = 0
  for (let axis = 0; axis < axisCount; axis++) {
    if (pause.due()) await pause.wait()
    const at = project(sample, axis) / 4
    for (let place = at; place < at + sampleCount; place++) energy += sample.floats[place]! ** 2
  }
  return energy
}

async function rounded(sample: Sample, deviation: number, pause: Slices): Promise<SketchAxes> {
  const { dims, mean } = sample
  const words = new Int16Array(axisCount * dims)
  const centers = new Float64Array(axisCount)
  for (let axis = 0; axis < axisCount; axis++) {
    if (pause.due()) await pause.wait()
    const own = words.subarray(axis * dims, (axis + 1) * dims)
    own.set(axisOf(sample, axis).map((value) => Math.round(value * axisLength)))
    centers[axis] = dot(own, mean)
  }
  const step = (deviations * deviation * axisLength) / byteMax
  return { dims, words, centers, step, reach: (await longest(words, dims, pause)) / step }
}

/**
 * What axes make of a vector of length 1, at most: the root of the largest eigenvalue of their products with each other, which
 * is no larger than the largest sum of a row of them (Gershgorin). Whole numbers, exact.
 */
async function longest(words: Int16Array, dims: number, pause: Slices): Promise<number> {
  const axis = (at: number): Int16Array => words.subarray(at * dims, (at + 1) * dims)
  let most = 0
  for (let one = 0; one < axisCount; one++) {
    if (pause.due()) await pause.wait()
    let sum = 0
    for (let two = 0; two < axisCount; two++) sum += Math.abs(dot(axis(one), axis(two)))
    most = Math.max(most, sum)
  }
  return Math.sqrt(most)
}
