/** Vectors in documents: arrays of numbers, hex, base64, and typed arrays that came beside the text. */
import type { FieldSink, VectorText, WholeValue } from '../../mapping/index.ts'
import { FloatSlab, VectorStoreError, assert, base64Length, readBase64 } from '../../util/index.ts'
import type { JsonScanner, JsonToken } from '../../util/index.ts'
import type { DenseVector, Vector } from '../../vector/index.ts'
import {
  decodeBase64,
  decodeHex,
  floatsOfBfloat16,
  floatsOfBytes,
  roundToBfloat16
} from './dense-vector-bytes.ts'
import { argument, byteFault, checkFinite } from './dense-vector-checks.ts'
import type { ElementType } from './dense-vector-options.ts'

export type VectorShape = {
  readonly name: string
  readonly elementType: ElementType
  readonly dims: number
}

export type ReadVector = { readonly vector: DenseVector; readonly text: VectorText | null }

/** Elements of the vector's array: a bit vector has a byte for eight dims. */
function elementCount(shape: VectorShape): number {
  return shape.elementType === 'bit' ? shape.dims / 8 : shape.dims
}

/**
 * Reads the vector at the scanner, to its last token.
 *
 * Errors   REQUEST_ARGUMENT, REQUEST_PARSE with the texts of Elasticsearch.
 */
export function readVector(value: WholeValue, shape: VectorShape): ReadVector {
  const { scanner } = value
  if (scanner.token === 'arrayStart') return readArray(scanner, shape, value.sink)
  if (scanner.token === 'string') {
    const read = readPlainBase64(value, shape)
    if (read !== null) return read
    const bytes = scanner.text()
    const vector =
      shape.elementType === 'byte' || shape.elementType === 'bit'
        ? bytesOfText(bytes, shape, value.sink)
        : floatsOfText(bytes, shape)
    return { vector, text: null }
  }
  if (scanner.token === 'cut') {
    const vector = value.vectors[scanner.cut]!
    return readTyped(vector, scanner.cut, shape, value.sink)
  }
  throw unsupported(scanner)
}

/** Dims of the vector at the scanner, to its last token, for a field that does not know them yet. */
export function inferDims(value: WholeValue, elementType: ElementType): number {
  const { scanner } = value
  if (scanner.token === 'cut') {
    const vector = value.vectors[scanner.cut]!
    return elementType === 'bit' ? vector.length * 8 : vector.length
  }
  if (scanner.token === 'string') return dimsOfText(scanner.text(), elementType)
  if (scanner.token !== 'arrayStart') throw unsupported(scanner)
  let count = 0
  for (let token = scanner.next(); token !== 'arrayEnd'; token = scanner.next()) {
    if (token !== 'number') throw wrongToken(scanner)
    count++
  }
  return elementType === 'bit' ? count * 8 : count
}

function dimsOfText(text: string, elementType: ElementType): number {
  if (elementType === 'byte' || elementType === 'bit') {
    const hex = decodeHex(text)
    const base64 = decodeBase64(text)
    const bytes = text.length % 4 === 0 ? (base64 ?? hex) : (hex ?? base64)
    if (bytes === null) throw parsing('Failed to parse object: neither hex nor base64')
    return elementType === 'bit' ? bytes.length * 8 : bytes.length
  }
  const bytes = decodeBase64(text)
  if (bytes === null) throw parsing('Failed to parse object: Illegal base64 character')
  if (bytes.length % 4 !== 0) {
    throw parsing(
      `Failed to parse object: Base64 decoded vector byte length [${bytes.length}] is not a multiple of [4]`
    )
  }
  return bytes.length / 4
}

/** What clients send: base64 of float32 numbers, as printing them gives it. null: any other text. */
function readPlainBase64({ scanner, isCopied }: WholeValue, shape: VectorShape): ReadVector | null {
  const { dims, elementType } = shape
  const { bytes, start: from, end: to } = scanner
  if (elementType !== 'float' || to - from !== base64Length(dims) + 2) return null
  const vector = copies.written(dims, (bits, at) => readBase64(bytes, from + 1, dims, bits, at))
  if (vector === null) return null
  return finite(vector, shape, isCopied ? null : { from, to, form: 'base64' })
}

function readArray(scanner: JsonScanner, shape: VectorShape, sink: FieldSink): ReadVector {
  const from = scanner.start
  const numbers = scanner.peekNumbers()
  const count = elementCount(shape)
  if (numbers === null || numbers.length > count || !areElements(numbers, shape.elementType)) {
    // Token by token, to stand at the element that is at fault.
    readTokens(scanner, shape, sink)
    assert(false, 'reading token by token finds the fault that the fast way saw')
  }
  scanner.takeNumbers()
  checkCount(numbers.length, shape, sink)
  const text = { from, to: scanner.end, form: 'numbers' } as const
  return { vector: vectorOf(numbers, shape.elementType), text }
}

function areElements(numbers: readonly number[], elementType: ElementType): boolean {
  if (elementType === 'float' || elementType === 'bfloat16') return true
  return numbers.every((value) => Number.isInteger(value) && value >= -128 && value <= 127)
}

function readTokens(scanner: JsonScanner, shape: VectorShape, sink: FieldSink): void {
  const count = elementCount(shape)
  let at = 0
  while (scanner.next() !== 'arrayEnd') {
    if (at >= count) {
      throw argument(
        `The [dense_vector] field [${shape.name}] in doc [document with id '${sink.documentId}'] has more dimensions than defined in the mapping [${shape.dims}]`
      )
    }
    if (scanner.token !== 'number') throw wrongToken(scanner)
    if (shape.elementType === 'byte' || shape.elementType === 'bit') {
      const fault = byteFault(scanner.number(), at, shape.elementType)
      if (fault !== null) throw argument(fault)
    }
    at++
  }
}

/** Of documents: they go when their batch is written. */
const copies = new FloatSlab()

/** Typed arrays as they are, or as the field's element type has them. */
function readTyped(given: Vector, cut: number, shape: VectorShape, sink: FieldSink): ReadVector {
  checkCount(given.length, shape, sink)
  if (shape.elementType === 'bit') return { vector: Uint8Array.from(given), text: null }
  if (shape.elementType === 'byte') {
    for (let at = 0; at < given.length; at++) {
      const fault = byteFault(given[at]!, at, 'byte')
      if (fault !== null) throw argument(fault)
    }
    return { vector: Int8Array.from(given), text: { cut } }
  }
  if (shape.elementType === 'float') return finite(copies.copyOf(given), shape, { cut })
  const floats = new Float32Array(given)
  const rounded = roundToBfloat16(floats)
  const isExact = rounded.every((value, at) => value === floats[at])
  return finite(rounded, shape, isExact ? { cut } : null)
}

function finite(vector: Float32Array, shape: VectorShape, text: VectorText | null): ReadVector {
  checkFinite(vector, shape.elementType)
  return { vector, text }
}

function vectorOf(numbers: readonly number[], elementType: ElementType): DenseVector {
  if (elementType === 'byte') return Int8Array.from(numbers)
  if (elementType === 'bit') return Uint8Array.from(numbers, (value) => value & 0xff)
  const floats = new Float32Array(numbers)
  checkFinite(floats, elementType)
  return elementType === 'bfloat16' ? roundToBfloat16(floats) : floats
}

function checkCount(count: number, shape: VectorShape, sink: FieldSink): void {
  if (count !== elementCount(shape)) throw differentCount(count, shape, sink)
}

function differentCount(count: number, shape: VectorShape, sink: FieldSink): VectorStoreError {
  const dims = shape.elementType === 'bit' ? count * 8 : count
  return argument(
    `The [dense_vector] field [${shape.name}] in doc [document with id '${sink.documentId}'] has a different number of dimensions [${dims}] than defined in the mapping [${shape.dims}]`
  )
}

/** Hex or base64: which is tried first depends on the length; what has the right length wins. */
function bytesOfText(text: string, shape: VectorShape, sink: FieldSink): DenseVector {
  const isHexLength = text.length === shape.dims * 2
  const decoders = isHexLength ? [decodeHex, decodeBase64] : [decodeBase64, decodeHex]
  let decodedCount: number | null = null
  for (const decode of decoders) {
    const bytes = decode(text)
    if (bytes === null) continue
    if (bytes.length === elementCount(shape)) {
      return shape.elementType === 'bit' ? new Uint8Array(bytes) : bytes.slice()
    }
    decodedCount ??= bytes.length
  }
  if (decodedCount === null) throw parsing('Failed to parse object: neither hex nor base64')
  throw differentCount(decodedCount, shape, sink)
}

function floatsOfText(text: string, shape: VectorShape): Float32Array {
  const bytes = decodeBase64(text)
  if (bytes === null) throw parsing('Failed to parse object: Illegal base64 character')
  const { dims } = shape
  if (bytes.length !== dims * 4 && bytes.length !== dims * 2) {
    throw parsing(
      `Failed to parse object: Base64 decoded vector byte length [${bytes.length}] does not match the expected length of [${dims * 4}] or [${dims * 2}] for dimension count [${dims}]`
    )
  }
  const floats = bytes.length === dims * 4 ? floatsOfBytes(bytes) : floatsOfBfloat16(bytes)
  checkFinite(floats, shape.elementType)
  return shape.elementType === 'bfloat16' ? roundToBfloat16(floats) : floats
}

/** Names of tokens as Elasticsearch prints them. */
const tokenNames: Readonly<Record<JsonToken, string>> = {
  objectStart: 'START_OBJECT',
  objectEnd: 'END_OBJECT',
  arrayStart: 'START_ARRAY',
  arrayEnd: 'END_ARRAY',
  name: 'FIELD_NAME',
  string: 'VALUE_STRING',
  number: 'VALUE_NUMBER',
  true: 'VALUE_BOOLEAN',
  false: 'VALUE_BOOLEAN',
  null: 'VALUE_NULL',
  cut: 'VALUE_EMBEDDED_OBJECT',
  end: 'null'
}

function wrongToken(scanner: JsonScanner): VectorStoreError {
  return parsing(
    `Failed to parse object: expecting token of type [VALUE_NUMBER] but found [${tokenNames[scanner.token]}]`
  )
}

function unsupported(scanner: JsonScanner): VectorStoreError {
  const shown = scanner.token === 'objectStart' ? '{' : scanner.text()
  return argument(`Unsupported type [${tokenNames[scanner.token]}] for provided value [${shown}]`)
}

function parsing(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_PARSE', message)
}
