/** Query vectors of knn queries on a dense_vector field: decoding and checks. */
import { VectorStoreError } from '../../util/index.ts'
import type { Vector } from '../../vector/index.ts'
import { decodeBase64, decodeHex, floatsOfBfloat16, floatsWithin } from './dense-vector-bytes.ts'
import { argument, byteFault, checkMagnitude, preview } from './dense-vector-checks.ts'
import type { ElementType } from './dense-vector-options.ts'
import type { Similarity } from './dense-vector-score.ts'

export type QueryTarget = {
  readonly elementType: ElementType
  readonly dims: number
  readonly similarity: Similarity
}

/**
 * The vector to compare with: an array of numbers (or numeric strings), one number, hex or base64 text, a typed array.
 *
 * Errors   REQUEST_ARGUMENT, REQUEST_PARSE with the texts of Elasticsearch.
 */
export function parseQueryVector(value: unknown, target: QueryTarget): Vector {
  const decoded = typeof value === 'string' ? decodeText(value, target) : numbersOf(value)
  const { elementType } = target
  checkLength(decoded.length, target)
  if (elementType === 'bit') {
    return decoded instanceof Uint8Array ? decoded : Uint8Array.from(signedBytes(decoded, 'bit'))
  }
  if (elementType === 'byte') {
    const bytes = decoded instanceof Int8Array ? decoded : signedBytes(decoded, 'byte')
    checkMagnitude(bytes, target.similarity, 'byte')
    return bytes
  }
  // Not copied where it is one: a query is answered before the caller can change it.
  const floats = decoded instanceof Float32Array ? decoded : new Float32Array(decoded)
  checkMagnitude(floats, target.similarity, elementType)
  return floats
}

type Numbers = readonly number[] | Vector

function numbersOf(value: unknown): Numbers {
  if (value instanceof Float32Array || value instanceof Int8Array || value instanceof Uint8Array) {
    return value
  }
  if (typeof value === 'number') return [value]
  if (!Array.isArray(value)) {
    throw parsing(`Type [${typeof value}] not supported for query vector`)
  }
  return value.map((each: unknown) => {
    if (typeof each === 'number') return each
    if (typeof each === 'bigint') return Number(each)
    const number = typeof each === 'string' && each.trim() !== '' ? Number(each) : Number.NaN
    if (typeof each === 'string' && (!Number.isNaN(number) || each === 'NaN')) return number
    throw parsing(`Type [${each === null ? 'null' : typeof each}] not supported for query vector`)
  })
}

function checkLength(count: number, target: QueryTarget): void {
  const dims = target.elementType === 'bit' ? count * 8 : count
  if (dims !== target.dims) throw differentDims(dims, target)
}

function differentDims(dims: number, target: QueryTarget): VectorStoreError {
  return argument(
    `The query vector has a different number of dimensions [${dims}] than the document vectors [${target.dims}].`
  )
}

function signedBytes(values: Numbers, elementType: 'byte' | 'bit'): Int8Array {
  for (let at = 0; at < values.length; at++) {
    const fault = byteFault(values[at]!, at, elementType)
    if (fault !== null) throw argument(fault + preview(Float32Array.from(values)))
  }
  return Int8Array.from(values)
}

/** Hex wins where its bytes fit, whatever the element type; then base64 by length. */
function decodeText(text: string, target: QueryTarget): Numbers {
  const { elementType, dims } = target
  const hex = decodeHex(text)
  const byteDims = elementType === 'bit' ? dims / 8 : dims
  if (hex !== null && hex.length === byteDims) return asElements(hex, elementType)
  const base64 = decodeBase64(text)
  if (hex === null && base64 === null) {
    throw argument(
      'failed to parse field [query_vector]: [query_vector] must be a valid base64 or hex string'
    )
  }
  const decoded = base64 === null ? null : fitting(base64, target, byteDims)
  if (decoded !== null) return decoded
  if (hex !== null) {
    throw differentDims(elementType === 'bit' ? hex.length * 8 : hex.length, target)
  }
  throw argument(
    `failed to parse field [query_vector]: [query_vector] must contain a valid Base64-encoded ${wanted[elementType]} vector, but the decoded bytes length [${base64!.length}] is not compatible with the expected vector length`
  )
}

const wanted: Readonly<Record<ElementType, string>> = {
  float: 'float',
  byte: 'byte',
  bit: 'byte',
  bfloat16: 'float or bfloat16'
}

function fitting(bytes: Int8Array, target: QueryTarget, byteDims: number): Numbers | null {
  const { elementType, dims } = target
  if (elementType === 'byte' || elementType === 'bit') {
    return bytes.length === byteDims ? asElements(bytes, elementType) : null
  }
  if (elementType === 'bfloat16' && bytes.length === dims * 2) return floatsOfBfloat16(bytes)
  return bytes.length === dims * 4 ? floatsWithin(bytes) : null
}

function asElements(bytes: Int8Array, elementType: ElementType): Numbers {
  return elementType === 'bit' ? new Uint8Array(bytes) : bytes.slice()
}

function parsing(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_PARSE', message)
}
