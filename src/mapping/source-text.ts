/**
 * Sources: a body given as an object becomes JSON text with its vectors cut out; the text of a vector inside a body is
 * cut where printing the stored numbers gives the same bytes.
 */
import type { SourceCut, StoredSource } from '../segment/index.ts'
import { appended, jsonDepthMax, VectorStoreError } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'
import type { PlacedVector } from './document-builder.ts'
import { isNumberArray } from './vector-value.ts'

const shortTextLength = 64
const quote = 0x22
const backslash = 0x5c

export type CutText = {
  readonly text: Uint8Array
  readonly cuts: readonly number[]
  readonly vectors: readonly Vector[]
}

/** What becomes of the typed array at a path: left out of the text, printed, or printed as the signed bytes of a bit vector. */
export type CutRule = (path: string, value: Vector) => 'cut' | 'text' | 'bits'

/** JSON text of an object; typed arrays go as the rule says. */
export function cutText(body: Readonly<Record<string, unknown>>, rule: CutRule): CutText {
  const printer = new CutPrinter(rule)
  printer.writeInner(body, '')
  const { printed, places, vectors } = printer
  const text = Buffer.from(printed)
  const isAscii = text.length === printed.length
  const cuts = isAscii ? places : places.map((at) => Buffer.byteLength(printed.slice(0, at)))
  return { text, cuts, vectors }
}

class CutPrinter {
  printed = ''
  /** Where vectors were cut out, in UTF-16 units. */
  places: number[] = []
  vectors: Vector[] = []
  readonly #rule: CutRule
  #depth = 0

  constructor(rule: CutRule) {
    this.#rule = rule
  }

  writeInner(value: object, path: string): void {
    // An object that holds itself has no end.
    if (++this.#depth > jsonDepthMax)
      throw new VectorStoreError(
        'DOC_PARSE',
        `document has objects inside each other without end or deeper than ${jsonDepthMax}`
      )
    if (Array.isArray(value)) this.#array(value, path)
    else if (isNumberArray(value)) this.#array(Array.from(value), path)
    else this.#object(value as Record<string, unknown>, path)
    this.#depth--
  }

  #value(value: unknown, path: string): void {
    if (isVector(value)) this.#vector(value, path)
    else if (typeof value !== 'object' || value === null || hasOwnText(value))
      this.printed += scalarText(value)
    else this.writeInner(value, path)
  }

  #vector(value: Vector, path: string): void {
    const form = this.#rule(path, value)
    if (form === 'cut') {
      this.places = appended(this.places, this.printed.length)
      this.vectors = appended(this.vectors, value)
    } else this.printed += arrayText(form === 'bits' ? signedBytes(value) : value)
  }

  #array(values: readonly unknown[], path: string): void {
    this.printed += '['
    values.forEach((value, at) => {
      if (at > 0) this.printed += ','
      this.#value(value, path)
    })
    this.printed += ']'
  }

  #object(object: Readonly<Record<string, unknown>>, path: string): void {
    let separator = '{'
    for (const key of Object.keys(object)) {
      const value = object[key]
      if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue
      this.printed += separator + stringText(key) + ':'
      separator = ','
      this.#value(value, path === '' ? key : `${path}.${key}`)
    }
    this.printed += separator === '{' ? '{}' : '}'
  }
}

function hasOwnText(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function isVector(value: unknown): value is Vector {
  return value instanceof Float32Array || value instanceof Int8Array || value instanceof Uint8Array
}

function signedBytes(value: Vector): Int8Array {
  return new Int8Array(value.buffer, value.byteOffset, value.byteLength)
}

/** A Float32Array keeps a fraction on every element, so that dynamic mapping sees decimal numbers. */
function arrayText(values: Vector): string {
  if (!(values instanceof Float32Array)) return `[${values.join(',')}]`
  return `[${Array.from(values, (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value))).join(',')}]`
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return stringText(value)
  if (typeof value === 'bigint') return String(value)
  return JSON.stringify(value) ?? 'null'
}

/** As JSON.stringify prints it, whose call takes longer than to look at so many characters. */
function stringText(value: string): string {
  const { length } = value
  if (length > shortTextLength) return JSON.stringify(value)
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x20 || code > 0x7e || code === quote || code === backslash)
      return JSON.stringify(value)
  }
  return `"${value}"`
}

/** Source of a body whose vectors came beside the text. null: a vector did not land in a vector field as it is. */
export function sourceOfCuts(
  input: CutText,
  placed: readonly (readonly PlacedVector[])[]
): StoredSource | null {
  const cuts: (SourceCut | null)[] = input.cuts.map(() => null)
  for (let docOffset = 0; docOffset < placed.length; docOffset++)
    for (const { field, vector, text } of placed[docOffset]!) {
      if (text === null || !('cut' in text)) continue
      const offset = input.cuts[text.cut]!
      const form = vector instanceof Float32Array ? 'float64' : 'int'
      cuts[text.cut] = { offset, field: field.number, docOffset, form }
    }
  return cuts.every((cut) => cut !== null) ? { text: input.text, cuts } : null
}

type Range = { readonly from: number; readonly to: number; readonly cut: Omit<SourceCut, 'offset'> }

/** Source of a body as bytes; vectors that print as they came are cut out. */
export function sourceOfText(
  text: Uint8Array,
  placed: readonly (readonly PlacedVector[])[]
): StoredSource {
  const ranges: Range[] = []
  placed.forEach((vectors, docOffset) => {
    for (const { field, vector, text: place } of vectors) {
      if (place === null || !('from' in place)) continue
      const { from, to } = place
      const form = place.form === 'base64' ? 'base64' : formOf(text, from, to, vector)
      if (form === null) continue
      ranges.push({ from, to, cut: { field: field.number, docOffset, form } })
    }
  })
  if (ranges.length === 0) return { text: Buffer.from(text), cuts: [] }
  ranges.sort((a, b) => a.from - b.from)
  return withoutRanges(text, ranges)
}

function withoutRanges(text: Uint8Array, ranges: readonly Range[]): StoredSource {
  const removed = ranges.reduce((sum, range) => sum + range.to - range.from, 0)
  const kept = new Uint8Array(text.length - removed)
  const cuts: SourceCut[] = []
  let from = 0
  let length = 0
  for (const range of ranges) {
    kept.set(text.subarray(from, range.from), length)
    length += range.from - from
    from = range.to
    cuts.push({ offset: length, ...range.cut })
  }
  kept.set(text.subarray(from), length)
  return { text: kept, cuts }
}

/** How printing the vector gives these bytes again; null when no form does, or finding out costs too much. */
function formOf(
  bytes: Uint8Array,
  from: number,
  to: number,
  vector: Vector
): SourceCut['form'] | null {
  if (vector instanceof Uint8Array) return null // Bits come as signed bytes.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
  if (vector instanceof Int8Array) return `[${vector.join(',')}]` === text ? 'int' : null
  // One element tells most texts that are not doubles of float32 numbers.
  const first = text.slice(1, text.indexOf(vector.length === 1 ? ']' : ','))
  if (String(vector[0]) !== first) return null
  const numbers: number[] = []
  for (let at = 0; at < vector.length; at++) numbers.push(vector[at]!)
  return JSON.stringify(numbers) === text ? 'float64' : null
}
