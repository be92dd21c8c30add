/** The first argument of the vector functions: a list, an array or a hex string, as the field's elements. */
import type { Vector, VectorFunction } from '../vector/index.ts'
import { ScriptFault } from './fault.ts'
import type { ScriptField } from './types.ts'
import { JavaNumber, classNameOf } from './value.ts'

type VectorField = Extract<ScriptField, { kind: 'vector' }>

const previewLength = 5

/** Errors  ScriptFault with the texts of Elasticsearch. */
export function readQueryVector(value: unknown, field: VectorField, name: VectorFunction): Vector {
  if (name === 'hamming' && field.element === 'float32')
    throw illegal('hamming distance is only supported for byte or bit vectors')
  if (name === 'cosine' && field.element === 'bit')
    throw illegal('cosineSimilarity is not supported for bit vectors.')
  if (typeof value === 'string') return readHex(value, field)
  const numbers = numbersOf(value, field)
  if (field.element === 'float32') {
    checkDims(numbers.length, field.dims)
    return Float32Array.from(numbers)
  }
  const takesDecimals = name === 'dot' || (name === 'cosine' && field.element === 'int8')
  if (field.element === 'bit') return readBits(numbers, field.dims, takesDecimals)
  checkDims(numbers.length, field.dims)
  const isBytes = numbers.every(isByte)
  if (takesDecimals && !isBytes) return Float32Array.from(numbers)
  checkBytes(numbers)
  return Int8Array.from(numbers)
}

function readBits(numbers: readonly number[], dims: number, takesDecimals: boolean): Vector {
  const byteCount = dims / 8
  if (numbers.length === dims && takesDecimals) return Float32Array.from(numbers)
  if (numbers.length !== byteCount) throw bitDims(dims, numbers.length)
  checkBytes(numbers)
  return Uint8Array.from(numbers)
}

function readHex(text: string, field: VectorField): Vector {
  if (field.element === 'float32')
    throw illegal('Unsupported input object for float vectors: java.lang.String')
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text))
    throw illegal(
      `string should be hex: found a character that is no hex digit or an odd length of ${text.length}`
    )
  const bytes = Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)
  )
  if (field.element === 'bit') {
    if (bytes.length !== field.dims / 8) throw bitDims(field.dims, bytes.length)
    return bytes
  }
  checkDims(bytes.length, field.dims)
  return new Int8Array(bytes.buffer)
}

function numbersOf(value: unknown, field: VectorField): number[] {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
  if (!isList) {
    const kind = field.element === 'float32' ? 'float' : 'byte'
    throw illegal(`Unsupported input object for ${kind} vectors: ${classNameOf(value)}`)
  }
  return Array.from<unknown, number>(value as ArrayLike<unknown>, (item) => {
    if (item instanceof JavaNumber) return item.value
    if (typeof item === 'number') return item
    throw new ScriptFault(
      'ClassCastException',
      `class ${classNameOf(item)} cannot be cast to class java.lang.Number`
    )
  })
}

const isByte = (value: number): boolean => Number.isInteger(value) && value >= -128 && value <= 127

function checkBytes(numbers: readonly number[]): void {
  const at = numbers.findIndex((value) => !isByte(value))
  if (at === -1) return
  const value = numbers[at]!
  const what = Number.isInteger(value)
    ? `integers between [-128, 127] but found [${value}]`
    : `non-decimal values but found decimal value [${value}]`
  const shown = numbers.slice(0, previewLength).map((number) => floatText(number))
  const more = numbers.length >= previewLength ? ', ...' : ''
  throw illegal(
    `element_type [byte] vectors only support ${what} at dim [${at}]; Preview of invalid vector: [${shown.join(', ')}${more}]`
  )
}

const floatText = (value: number): string =>
  Number.isInteger(value) ? `${value}.0` : String(value)

function checkDims(count: number, dims: number): void {
  if (count !== dims)
    throw illegal(
      `The query vector has a different number of dimensions [${count}] than the document vectors [${dims}].`
    )
}

function bitDims(dims: number, count: number): ScriptFault {
  return illegal(
    `The query vector has an incorrect number of dimensions. Must be [${dims / 8}] for bitwise operations, or [${dims}] for byte wise operations: provided [${count}].`
  )
}

function illegal(message: string): ScriptFault {
  return new ScriptFault('IllegalArgumentException', message)
}
