/** What the spaces mean in numbers, and the float32 rules that Elasticsearch has for magnitudes. */
import { assert, VectorStoreError } from '../util/index.ts'
import type { Element, Space, Vector, VectorFunction, VectorSpec } from './types.ts'

/** Numbers of row-value.ts; null: not defined for these elements. */
export const metrics = {
  f32L2: 0,
  f32Dot: 1,
  f32L1: 2,
  f32Linf: 3,
  f32Cosine: 4,
  f32ScriptCosine: 5,
  i8L2: 6,
  i8Dot: 7,
  i8Cosine: 8,
  i8L1: 9,
  i8Linf: 10,
  hamming: 11,
  bitDot: 12
} as const
export type Metric = (typeof metrics)[keyof typeof metrics]

const spaceMetrics: Readonly<Record<Element, Partial<Record<Space, Metric>>>> = {
  float32: {
    l2: metrics.f32L2,
    cosine: metrics.f32Cosine,
    dot: metrics.f32Dot,
    mip: metrics.f32Dot,
    l1: metrics.f32L1,
    linf: metrics.f32Linf
  },
  int8: {
    l2: metrics.i8L2,
    cosine: metrics.i8Cosine,
    dot: metrics.i8Dot,
    mip: metrics.i8Dot,
    l1: metrics.i8L1,
    linf: metrics.i8Linf,
    hamming: metrics.hamming
  },
  bit: { hamming: metrics.hamming },
  // Compared by the kernel of sets: sparse/.
  'sparse-bool': {}
}

const functionMetrics: Readonly<Record<Element, Partial<Record<VectorFunction, Metric>>>> = {
  float32: {
    dot: metrics.f32Dot,
    cosine: metrics.f32ScriptCosine,
    l1: metrics.f32L1,
    l2: metrics.f32L2
  },
  int8: {
    dot: metrics.i8Dot,
    cosine: metrics.i8Cosine,
    l1: metrics.i8L1,
    l2: metrics.i8L2,
    hamming: metrics.hamming
  },
  bit: {
    dot: metrics.bitDot,
    l1: metrics.hamming,
    l2: metrics.hamming,
    hamming: metrics.hamming
  },
  'sparse-bool': {}
}

/** Errors: REQUEST_ARGUMENT when the space is not defined for the elements. */
export function spaceMetric(spec: VectorSpec): Metric {
  const metric = spaceMetrics[spec.element][spec.space]
  if (metric !== undefined) return metric
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `space is ${spec.space} for ${spec.element} elements, wanted ${Object.keys(spaceMetrics[spec.element]).join(', ')}`,
    { details: { space: spec.space, element: spec.element } }
  )
}

/** The metric of any space over rows alone: norms that are kept take near unit for unit. Errors: as spaceMetric. */
export function rowMetric(space: Space, spec: VectorSpec): Metric {
  const metric = spaceMetric({ ...spec, space })
  return metric === metrics.f32Cosine ? metrics.f32ScriptCosine : metric
}

/** Errors: REQUEST_ARGUMENT when the function is not defined for the elements. */
export function functionMetric(name: VectorFunction, element: Element): Metric {
  const metric = functionMetrics[element][name]
  if (metric !== undefined) return metric
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `vector function is ${name} for ${element} elements, wanted ${Object.keys(functionMetrics[element]).join(', ') || 'none'}`,
    { details: { function: name, element } }
  )
}

/** Whether a small raw value of the space means near. */
export function smallIsNear(space: Space): boolean {
  return space === 'l2' || space === 'l1' || space === 'linf' || space === 'hamming'
}

/** Whether a vector is its own nearest: not so by inner product, where long vectors are near to everything. */
export function isMetric(spec: VectorSpec): boolean {
  return spec.space !== 'mip' && !(spec.space === 'dot' && spec.element === 'int8')
}

/** Whether raw values compare normalised rows, whose magnitudes are kept in pages of their own. */
export function keepsNorms(spec: VectorSpec): boolean {
  return spec.element === 'float32' && spec.space === 'cosine'
}

/** Elements of the array of one vector. */
export function vectorLength(spec: VectorSpec): number {
  return spec.element === 'bit' ? spec.dims / 8 : spec.dims
}

export function vectorByteLength(spec: VectorSpec): number {
  return vectorLength(spec) * (spec.element === 'float32' ? 4 : 1)
}

/** A vector of zeros. */
export function emptyVector(spec: VectorSpec): Vector {
  if (spec.element === 'float32') return new Float32Array(spec.dims)
  if (spec.element === 'int8') return new Int8Array(spec.dims)
  return new Uint8Array(spec.dims / 8)
}

/** Fails when a vector is not of the shape the spec says: callers have checked the user's vectors before. */
export function assertShape(vector: Vector, spec: VectorSpec): void {
  assert(vector.length === vectorLength(spec), 'vector length = elements of the field')
  if (spec.element === 'float32')
    assert(vector instanceof Float32Array, 'float32 vectors are Float32Array')
  else if (spec.element === 'int8')
    assert(vector instanceof Int8Array, 'int8 vectors are Int8Array')
  else assert(vector instanceof Uint8Array, 'bit vectors are Uint8Array')
}

/** Squared magnitude, summed in float32. */
export function squaredMagnitude(vector: Float32Array): number {
  let sum = 0
  for (const x of vector) sum = Math.fround(sum + Math.fround(x * x))
  return sum
}

/** Magnitude: float32 root of the squared magnitude. */
export function magnitude(vector: Float32Array): number {
  return Math.fround(Math.sqrt(squaredMagnitude(vector)))
}

/** Elasticsearch leaves vectors alone that are this near to unit length. */
const unitTolerance = 1e-3

/** Whether a vector with this squared magnitude counts as of unit length. */
export function isUnit(squared: number): boolean {
  return Math.abs(squared - 1) <= unitTolerance
}

/** What a vector is divided by: its magnitude; 1 when it is unit, or zeros, of which the cosine is 0 then and not NaN. */
export function divisorOf(squared: number): number {
  return squared === 0 || isUnit(squared) ? 1 : Math.fround(Math.sqrt(squared))
}

/**
 * The vector at unit length as Elasticsearch stores it: divided in float32 by its magnitude unless already unit.
 *
 * Shapes   Result: a copy, f32[dims].
 */
export function normalise(vector: Float32Array): Float32Array {
  const squared = squaredMagnitude(vector)
  if (isUnit(squared)) return vector.slice()
  const divisor = Math.fround(Math.sqrt(squared))
  return vector.map((x) => x / divisor)
}

/** Index of the first element that is NaN or infinite, or -1. */
export function firstNotFinite(vector: Float32Array): number {
  for (let at = 0; at < vector.length; at++) if (!Number.isFinite(vector[at])) return at
  return -1
}
