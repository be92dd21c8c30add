/** What a vector of dense_vector must be, for documents and queries alike. */
import { VectorStoreError, javaFloatText } from '../../util/index.ts'
import type { ElementType } from './dense-vector-options.ts'
import type { Similarity } from './dense-vector-score.ts'

/** How far the squared length of a unit vector may be from 1. */
const unitTolerance = 1e-3
const unitToleranceBfloat16 = 2e-2

const previewCount = 5

export function argument(message: string, cause?: unknown): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message, cause === undefined ? {} : { cause })
}

/** A JSON value in a message: strings without quotes. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** ` Preview of invalid vector: [1.0, 2.0, 3.0, 4.0, 5.0, ...]`; bytes are printed as the integers they are. */
export function preview(values: Float32Array | Int8Array): string {
  const text = values instanceof Int8Array ? String : javaFloatText
  const first = Array.from(values.subarray(0, previewCount), (value) => text(value))
  if (values.length >= previewCount) first.push('...')
  return ` Preview of invalid vector: [${first.join(', ')}]`
}

/** Errors REQUEST_ARGUMENT: a NaN or infinite element. */
export function checkFinite(values: Float32Array, elementType: ElementType): void {
  if (!Number.isFinite(squaredSum(values))) refuseNotFinite(values, elementType)
}

/** Errors REQUEST_ARGUMENT for the first element that is no number; finite ones can have an infinite sum. */
function refuseNotFinite(values: Float32Array, elementType: ElementType): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (Number.isFinite(value)) continue
    const what = Number.isNaN(value) ? 'NaN' : 'infinite'
    throw argument(
      `element_type [${elementType}] vectors do not support ${what} values but found [${value}] at dim [${at}];` +
        preview(values)
    )
  }
}

/**
 * Finite only if all values are. Four sums, as each addition waits for the one before in its sum; each value is read once, as V8 reads
 * it as often as it is named.
 */
function squaredSum(values: Float32Array | Int8Array): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  const whole = values.length & ~3
  for (let at = 0; at < whole; at += 4) {
    const first = values[at]!
    const second = values[at + 1]!
    const third = values[at + 2]!
    const fourth = values[at + 3]!
    a += first * first
    b += second * second
    c += third * third
    d += fourth * fourth
  }
  for (let at = whole; at < values.length; at++) {
    const value = values[at]!
    a += value * value
  }
  return a + b + (c + d)
}

/** Message for an element that is no signed byte; null when it is one. */
export function byteFault(value: number, at: number, elementType: ElementType): string | null {
  if (!Number.isInteger(value)) {
    return `element_type [${elementType}] vectors only support non-decimal values but found decimal value [${javaFloatText(value)}] at dim [${at}];`
  }
  if (value < -128 || value > 127) {
    return `element_type [${elementType}] vectors only support integers between [-128, 127] but found [${value}] at dim [${at}];`
  }
  return null
}

/** Errors REQUEST_ARGUMENT: as checkFinite; a length that the similarity cannot compare. */
export function checkMagnitude(
  values: Float32Array | Int8Array,
  similarity: Similarity,
  elementType: ElementType
): void {
  const squared = Math.fround(squaredSum(values))
  if (!Number.isFinite(squared)) {
    if (values instanceof Float32Array) refuseNotFinite(values, elementType)
    throw argument(
      'NaN or Infinite magnitude detected, this usually means the vector values are too extreme to fit within a float.' +
        preview(values)
    )
  }
  if (similarity === 'cosine' && squared === 0) {
    throw argument(
      `The [cosine] similarity does not support vectors with zero magnitude.${preview(values)}`
    )
  }
  if (similarity !== 'dot_product' || elementType === 'byte') return
  const tolerance = elementType === 'bfloat16' ? unitToleranceBfloat16 : unitTolerance
  if (Math.abs(squared - 1) >= tolerance) {
    throw argument(
      `The [dot_product] similarity can only be used with unit-length vectors.${preview(values)}`
    )
  }
}
