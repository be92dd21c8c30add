/** Values of the embedded API's vector type, checked: what a document or a query gives becomes the field's own array. */
import { VectorStoreError } from '../util/index.ts'
import type { FloatSlab } from '../util/index.ts'
import { firstNotFinite, isUnit, squaredMagnitude } from '../vector/index.ts'
import type { DenseElement, Space, Vector } from '../vector/index.ts'

export type VectorShape = {
  readonly name: string
  readonly element: DenseElement
  readonly space: Space
  /** null: not known yet. */
  readonly dims: number | null
}

/**
 * The vector as the field keeps it, always a copy: the caller may use his array again.
 *
 * Shapes   value: array or typed array of numbers. bit: dims / 8 bytes, signed or not, the first dimension in the highest bit.
 * @param copies  Where a copy may come from that is soon let go, as those of documents are. @default an array of its own
 * Errors   VECTOR_DIMS; VECTOR_VALUE: not numbers, NaN, infinite, no byte, no length where the space needs one.
 */
export function decodeVector(value: unknown, shape: VectorShape, copies?: FloatSlab): Vector {
  const values = numbersOf(value, shape)
  checkCount(values.length, shape)
  if (shape.element === 'float32') return decodeFloats(values, shape, copies)
  const [min, max] = shape.element === 'int8' ? [-128, 127] : [-128, 255]
  const at = notWithin(values, min, max)
  if (at >= 0) throw fault(shape, at, values[at], `whole numbers from ${min} to ${max}`)
  if (shape.element === 'bit') return Uint8Array.from(values, (each) => each & 0xff)
  const bytes = new Int8Array(values)
  if (shape.space === 'cosine' && bytes.every((each) => each === 0)) throw zeroFault(shape)
  return bytes
}

function numbersOf(value: unknown, shape: VectorShape): ArrayLike<number> {
  if (isNumberArray(value)) return value
  if (Array.isArray(value)) {
    const at = value.findIndex((each) => typeof each !== 'number')
    if (at < 0) return value as readonly number[]
    throw fault(shape, at, value[at], 'numbers')
  }
  const what = value === null ? 'null' : typeof value
  throw new VectorStoreError(
    'VECTOR_VALUE',
    `vector of field [${shape.name}] is of type ${what}, wanted an array of numbers or a typed array`
  )
}

/** Typed arrays of all kinds but those of bigints. */
export function isNumberArray(value: unknown): value is ArrayLike<number> {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  )
}

function checkCount(count: number, { name, element, dims }: VectorShape): void {
  if (count === 0) {
    throw new VectorStoreError('VECTOR_DIMS', `vector of field [${name}] is empty, wanted numbers`)
  }
  if (dims === null) return
  const got = element === 'bit' ? count * 8 : count
  if (got === dims) return
  const bytes = element === 'bit' ? ` (${dims / 8} bytes)` : ''
  throw new VectorStoreError(
    'VECTOR_DIMS',
    `vector of field [${name}] has ${got} dims, wanted ${dims}${bytes}`,
    { details: { dims: got, dimsWanted: dims } }
  )
}

function decodeFloats(
  values: ArrayLike<number>,
  shape: VectorShape,
  copies: FloatSlab | undefined
): Float32Array {
  // Not Float32Array.from: its iterator costs ten times the copy.
  const vector = copies?.copyOf(values) ?? new Float32Array(values)
  // One pass in the ordinary case: NaN and Infinity show in the sum.
  const squared = squaredMagnitude(vector)
  if (!Number.isFinite(squared)) {
    const at = firstNotFinite(vector)
    if (at >= 0) throw fault(shape, at, values[at], 'finite float32 numbers')
    if (shape.space === 'l1' || shape.space === 'linf') return vector
    throw new VectorStoreError(
      'VECTOR_VALUE',
      `vector of field [${shape.name}] has a length beyond float32, wanted smaller numbers`
    )
  }
  if (shape.space === 'cosine' && squared === 0) throw zeroFault(shape)
  if (shape.space === 'dot' && !isUnit(squared)) {
    throw new VectorStoreError(
      'VECTOR_VALUE',
      `vector of field [${shape.name}] has length ${Math.sqrt(squared)}, wanted 1 in space dot (mip takes any length)`
    )
  }
  return vector
}

function notWithin(values: ArrayLike<number>, min: number, max: number): number {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (!Number.isInteger(value) || value < min || value > max) return at
  }
  return -1
}

function zeroFault({ name }: VectorShape): VectorStoreError {
  return new VectorStoreError(
    'VECTOR_VALUE',
    `vector of field [${name}] has length 0, wanted a direction in space cosine`
  )
}

function fault({ name }: VectorShape, at: number, got: unknown, wanted: string): VectorStoreError {
  const shown = typeof got === 'number' || got === null ? String(got) : `a ${typeof got}`
  return new VectorStoreError(
    'VECTOR_VALUE',
    `vector of field [${name}] has ${shown} at [${at}], wanted ${wanted}`
  )
}
