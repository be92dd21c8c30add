/** Small seeded vectors of any kind, and what is true of them, in float64. */
import type { Element, Space, Vector, VectorFunction, VectorSpec } from '../../src/vector/index.ts'

/** Every pair that is defined. */
export const spacesByElement: Readonly<Record<Element, readonly Space[]>> = {
  float32: ['l2', 'cosine', 'dot', 'mip', 'l1', 'linf'],
  int8: ['l2', 'cosine', 'dot', 'mip', 'l1', 'linf', 'hamming'],
  bit: ['hamming'],
  'sparse-bool': ['jaccard', 'hamming']
}

export function specOf(
  element: Element,
  space: Space,
  dims: number,
  more: Partial<VectorSpec> = {}
): VectorSpec {
  const base = {
    dims,
    element,
    space,
    index: 'hnsw',
    m: 8,
    efConstruction: 64,
    codes: 'auto'
  } as const
  return { ...base, ...more }
}

/** Numbers in 0 .. 1 (mulberry32). */
export function uniformOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A random vector of the spec's shape; unit length where the space wants it. */
export function vectorOf(spec: VectorSpec, uniform: () => number): Vector {
  if (spec.element === 'bit') {
    return Uint8Array.from({ length: spec.dims / 8 }, () => Math.floor(uniform() * 256))
  }
  if (spec.element === 'int8') {
    return Int8Array.from({ length: spec.dims }, () => Math.floor(uniform() * 256) - 128)
  }
  if (spec.element === 'sparse-bool') {
    // Some vectors are empty, some are full.
    const density = 1.2 * uniform() - 0.1
    const indices = Array.from({ length: spec.dims }, (_, index) => index)
    return Int32Array.from(indices.filter(() => uniform() < density))
  }
  const vector = Float32Array.from({ length: spec.dims }, () => 4 * uniform() - 2)
  if (spec.space !== 'dot') return vector
  const norm = Math.sqrt(sum(vector, (x) => x * x))
  return vector.map((x) => x / norm)
}

export function vectorsOf(spec: VectorSpec, count: number, seed: number): Vector[] {
  const uniform = uniformOf(seed)
  return Array.from({ length: count }, () => vectorOf(spec, uniform))
}

function sum(a: Vector, term: (x: number, at: number) => number): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += term(a[i]!, i)
  return total
}

const dot = (a: Vector, b: Vector): number => sum(a, (x, i) => x * b[i]!)

function bitsOf(byte: number): number {
  let bits = byte & 255
  let count = 0
  for (; bits !== 0; bits &= bits - 1) count += 1
  return count
}

function commonCount(a: Vector, b: Vector): number {
  const those = new Set<number>(b)
  return a.filter((index) => those.has(index)).length
}

const compare: Readonly<Record<Space, (a: Vector, b: Vector) => number>> = {
  l2: (a, b) => sum(a, (x, i) => (x - b[i]!) ** 2),
  cosine: (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
  dot,
  mip: dot,
  l1: (a, b) => sum(a, (x, i) => Math.abs(x - b[i]!)),
  linf: (a, b) => {
    let most = 0
    for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
    return most
  },
  hamming: (a, b) =>
    a instanceof Int32Array
      ? a.length + b.length - 2 * commonCount(a, b)
      : sum(a, (x, i) => bitsOf(x ^ b[i]!)),
  jaccard: (a, b) => {
    const common = commonCount(a, b)
    const either = a.length + b.length - common
    return either === 0 ? 1 : common / either
  }
}

/** Raw value of two vectors, in float64. */
export function rawValue(space: Space, a: Vector, b: Vector): number {
  return compare[space](a, b)
}

/** A script function, in float64. */
export function functionValue(
  name: VectorFunction,
  spec: VectorSpec,
  a: Vector,
  b: Vector
): number {
  if (spec.element !== 'bit')
    return name === 'l2' ? Math.sqrt(compare.l2(a, b)) : compare[name](a, b)
  if (name === 'dot') return sum(a, (x, i) => bitsOf(x & b[i]!))
  return name === 'l2' ? Math.sqrt(compare.hamming(a, b)) : compare.hamming(a, b)
}

export function isLargeNear(space: Space): boolean {
  return space === 'cosine' || space === 'dot' || space === 'mip' || space === 'jaccard'
}

/** Whether two values are the same but for float32 rounding of a sum over `dims` terms. */
export function isClose(actual: number, expected: number, scale: number): boolean {
  return Math.abs(actual - expected) <= 2e-6 * Math.max(1, scale, Math.abs(expected))
}
