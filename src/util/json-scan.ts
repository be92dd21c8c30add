/**
 * JSON as bytes, token by token: where each token stands, 1 apart from 1.0, duplicate names and depth refused.
 *
 * A text may have *cuts*: offsets at which the text of a value was taken out. There the scanner gives a `cut` token,
 * so that a document parses the same with its vectors inside the text and beside it.
 */
import { isUtf8 } from 'node:buffer'
import { appended } from './appended.ts'
import { assert } from './assert.ts'
import { VectorStoreError } from './errors.ts'
import {
  backslash,
  bufferOf,
  digitsEnd,
  locationOf,
  plainUntil,
  quote,
  shown
} from './json-bytes.ts'
import { asciiName } from './short-names.ts'

export type JsonToken =
  | 'objectStart'
  | 'objectEnd'
  | 'arrayStart'
  | 'arrayEnd'
  | 'name'
  | 'string'
  | 'number'
  | 'true'
  | 'false'
  | 'null'
  | 'cut'
  | 'end'

export type JsonScanOptions = {
  /** Objects and arrays inside each other. @default jsonDepthMax */
  readonly depthMax?: number
  /** Offsets of values that were cut out, ascending. @default none */
  readonly cuts?: readonly number[]
}

/** Jackson's own limit: clients of Elasticsearch never met a larger one; our walkers recurse at most this deep. */
export const jsonDepthMax = 1000

/** Above this many names in one object a set is faster than a list (a guess). */
const nameListMax = 16

const comma = 0x2c
const colon = 0x3a
const braceOpen = 0x7b
const braceClose = 0x7d
const bracketOpen = 0x5b
const bracketClose = 0x5d

/** What may come next. */
type Expect = 'value' | 'valueOrArrayEnd' | 'nameOrObjectEnd' | 'name' | 'separator' | 'end'

/** An object or array under way, inside `outer`. */
type Level = {
  readonly isObject: boolean
  readonly outer: Level | null
  names: string[]
  nameSet: Set<string> | null
}

export class JsonScanner {
  readonly bytes: Buffer
  /** The current token; 'end' before the first next() and after the last. */
  token: JsonToken = 'end'
  /** Bytes of the current token, quotes included. */
  start = 0
  end = 0
  /** Of a number token: no fraction and no exponent. */
  isInteger = false
  /** Number of the current cut token among the cuts. */
  cut = -1
  readonly #depthMax: number
  readonly #cuts: readonly number[]
  #cutsDone = 0
  #level: Level | null = null
  #depth = 0
  #expect: Expect = 'value'
  #position = 0
  #peekedClose = -1
  #hasEscapes = false
  #isAscii = true

  constructor(bytes: Uint8Array, options: JsonScanOptions = {}) {
    this.bytes = bufferOf(bytes)
    this.#depthMax = options.depthMax ?? jsonDepthMax
    this.#cuts = options.cuts ?? []
    if (!isUtf8(this.bytes)) throw syntaxError('[1:1] Invalid UTF-8')
  }

  get depth(): number {
    return this.#depth
  }

  next(): JsonToken {
    let from = this.#position
    let at = this.#skipBlanks(from)
    if (this.#expect === 'separator' && this.#separator(at)) {
      from = at + 1
      at = this.#skipBlanks(from)
    }
    if (this.#expect === 'end') return this.#finish(at)
    const byte = this.bytes[at]
    if (this.#expect === 'value' || this.#expect === 'valueOrArrayEnd') {
      const cut = this.#cuts[this.#cutsDone]
      if (cut !== undefined && cut >= from && cut <= at) return this.#takeCut(cut)
      if (byte === undefined) throw this.#fault(at, 'Unexpected end-of-input')
      if (byte === bracketClose && this.#expect === 'valueOrArrayEnd') return this.#close(at, byte)
      return this.#value(at, byte)
    }
    if (byte === undefined) throw this.#fault(at, 'Unexpected end-of-input')
    return this.#expect === 'separator' ? this.#close(at, byte) : this.#name(at, byte)
  }

  /** Value of a string or name token; text of a number as it stands there; 'true', 'false', 'null'. */
  text(): string {
    if (this.token === 'name') return this.name()
    return this.token === 'string'
      ? this.#stringText()
      : this.bytes.toString('latin1', this.start, this.end)
  }

  #stringText(): string {
    if (this.#hasEscapes) {
      // An escape can make half a character (`\ud800`), which has no bytes of its own: UTF-8 knows it as U+FFFD.
      return String(JSON.parse(this.bytes.toString('utf8', this.start, this.end))).toWellFormed()
    }
    const from = this.start + 1
    const to = this.end - 1
    return this.#isAscii
      ? this.bytes.toString('latin1', from, to)
      : this.bytes.toString('utf8', from, to)
  }

  /** Value of a number token as a double. */
  number(): number {
    assert(this.token === 'number', 'the current token is a number')
    return Number(this.bytes.toString('latin1', this.start, this.end))
  }

  /**
   * The numbers of the array that starts at the current token, read ahead: nothing moves until takeNumbers(). null when
   * it holds anything but numbers; then read it token by token.
   */
  peekNumbers(): readonly number[] | null {
    assert(this.token === 'arrayStart', 'the current token starts an array')
    const close = this.bytes.indexOf(bracketClose, this.end)
    if (close < 0) return null
    let values: unknown
    try {
      values = JSON.parse(this.bytes.toString('latin1', this.start, close + 1))
    } catch {
      return null // Token by token says what is wrong, and where.
    }
    if (!Array.isArray(values)) return null
    for (const value of values) if (typeof value !== 'number') return null
    this.#peekedClose = close
    return values as number[]
  }

  /** Moves to the end of the array that peekNumbers() read. */
  takeNumbers(): void {
    assert(this.#peekedClose > this.start, 'peekNumbers() read the current array')
    this.#close(this.#peekedClose, bracketClose)
  }

  /** From the first token of a value to its last. */
  skipValue(): void {
    if (this.token !== 'objectStart' && this.token !== 'arrayStart') return
    const depth = this.#depth
    while (this.#depth >= depth) this.next()
  }

  /** Line and column of the current token, from 1, columns in bytes. */
  location(): string {
    return locationOf(this.bytes, this.start)
  }

  #skipBlanks(from: number): number {
    let at = from
    for (;;) {
      const byte = this.bytes[at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
      at++
    }
  }

  /** After a value: true at a comma, false at the end of the object or array. */
  #separator(at: number): boolean {
    const level = this.#level
    assert(level !== null, 'a separator stands inside an object or array')
    const byte = this.bytes[at]
    if (byte === comma) {
      this.#expect = level.isObject ? 'name' : 'value'
      return true
    }
    if (byte === (level.isObject ? braceClose : bracketClose)) return false
    if (byte === undefined) throw this.#fault(at, 'Unexpected end-of-input')
    const kind = level.isObject ? 'Object' : 'Array'
    throw this.#fault(
      at,
      `Unexpected character (${shown(byte)}): was expecting comma to separate ${kind} entries`
    )
  }

  #take(token: JsonToken, start: number, end: number): JsonToken {
    this.token = token
    this.start = start
    this.end = end
    this.#position = end
    return token
  }

  #afterValue(): void {
    this.#expect = this.#depth === 0 ? 'end' : 'separator'
  }

  #takeCut(at: number): JsonToken {
    this.cut = this.#cutsDone++
    this.#afterValue()
    return this.#take('cut', at, at)
  }

  #finish(at: number): JsonToken {
    if (at < this.bytes.length) throw this.#fault(at, 'Unexpected data after the end of the value')
    return this.#take('end', at, at)
  }

  #open(isObject: boolean, at: number): JsonToken {
    if (this.#depth >= this.#depthMax) {
      throw this.#fault(
        at,
        `Document nesting depth (${this.#depth + 1}) exceeds the maximum allowed (${this.#depthMax})`
      )
    }
    this.#level = { isObject, outer: this.#level, names: [], nameSet: null }
    this.#depth++
    this.#expect = isObject ? 'nameOrObjectEnd' : 'valueOrArrayEnd'
    return this.#take(isObject ? 'objectStart' : 'arrayStart', at, at + 1)
  }

  #close(at: number, byte: number): JsonToken {
    this.#level = this.#level!.outer
    this.#depth--
    this.#afterValue()
    return this.#take(byte === braceClose ? 'objectEnd' : 'arrayEnd', at, at + 1)
  }

  #name(at: number, byte: number): JsonToken {
    if (byte === braceClose && this.#expect === 'nameOrObjectEnd') return this.#close(at, byte)
    if (byte !== quote) {
      throw this.#fault(
        at,
        `Unexpected character (${shown(byte)}): was expecting double-quote to start field name`
      )
    }
    const end = this.#stringEnd(at)
    const separator = this.#skipBlanks(end)
    if (this.bytes[separator] !== colon) {
      throw this.#fault(
        separator,
        'Unexpected character: was expecting a colon to separate field name and value'
      )
    }
    this.#take('name', at, end)
    this.#position = separator + 1
    const isShort = this.#isAscii && !this.#hasEscapes
    const name = isShort ? asciiName(this.bytes, at + 1, end - 1) : this.#stringText()
    this.#refuseDuplicate(name)
    this.#expect = 'value'
    return 'name'
  }

  /** Of a string or a name. */
  get hasEscapes(): boolean {
    return this.#hasEscapes
  }

  /** The current name, also after its value: until the next name. */
  name(): string {
    const level = this.#level
    assert(level !== null && level.isObject, 'the scanner is inside an object')
    return level.names[level.names.length - 1]!
  }

  #refuseDuplicate(name: string): void {
    const level = this.#level!
    const known = level.nameSet === null ? level.names.includes(name) : level.nameSet.has(name)
    if (known) throw this.#fault(this.start, `Duplicate field '${name}'`)
    level.names = appended(level.names, name)
    if (level.nameSet !== null) level.nameSet.add(name)
    else if (level.names.length > nameListMax) level.nameSet = new Set(level.names)
  }

  #value(at: number, byte: number): JsonToken {
    if (byte === quote) {
      const end = this.#stringEnd(at)
      this.#afterValue()
      return this.#take('string', at, end)
    }
    if (byte === braceOpen) return this.#open(true, at)
    if (byte === bracketOpen) return this.#open(false, at)
    if (byte === 0x74) return this.#literal('true', at)
    if (byte === 0x66) return this.#literal('false', at)
    if (byte === 0x6e) return this.#literal('null', at)
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return this.#number(at)
    throw this.#fault(at, `Unexpected character (${shown(byte)}): expected a valid value`)
  }

  #literal(word: 'true' | 'false' | 'null', at: number): JsonToken {
    const end = at + word.length
    if (this.bytes.toString('latin1', at, end) !== word) {
      throw this.#fault(at, `Unrecognized token: was expecting '${word}'`)
    }
    this.#afterValue()
    return this.#take(word, at, end)
  }

  #stringEnd(from: number): number {
    const bytes = this.bytes
    let seen = 0
    this.#hasEscapes = false
    for (let at = plainUntil(bytes, from + 1); ; at++) {
      const byte = bytes[at]
      if (byte === undefined) throw this.#fault(from, 'Unexpected end-of-input in a string')
      if (byte === quote) {
        this.#isAscii = seen < 0x80
        return at + 1
      }
      if (byte < 0x20)
        throw this.#fault(at, `Illegal unquoted character (code ${byte}) in a string`)
      seen |= byte
      if (byte === backslash) {
        this.#hasEscapes = true
        at = this.#escapeEnd(at + 1)
      }
    }
  }

  /** Last byte of the escape whose character stands at `at`. */
  #escapeEnd(at: number): number {
    const byte = this.bytes[at]
    if (byte === 0x75) {
      const digits = this.bytes.toString('latin1', at + 1, at + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(digits))
        throw this.#fault(at, 'Unexpected character in a \\u escape')
      return at + 4
    }
    if (byte === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(byte))) {
      throw this.#fault(at, 'Unrecognized character escape')
    }
    return at
  }

  #number(from: number): JsonToken {
    const bytes = this.bytes
    let at = bytes[from] === 0x2d ? from + 1 : from
    const first = at
    at = digitsEnd(bytes, at)
    if (at === first || (bytes[first] === 0x30 && at > first + 1)) {
      throw this.#fault(from, 'Invalid numeric value: a number starts with one 0 or another digit')
    }
    this.isInteger = true
    if (bytes[at] === 0x2e) {
      this.isInteger = false
      at = this.#digits(at + 1)
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      this.isInteger = false
      at++
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++
      at = this.#digits(at)
    }
    this.#afterValue()
    return this.#take('number', from, at)
  }

  #digits(from: number): number {
    const end = digitsEnd(this.bytes, from)
    if (end === from) throw this.#fault(from, 'Invalid numeric value: a digit is missing')
    return end
  }

  #fault(at: number, message: string): VectorStoreError {
    return syntaxError(`[${locationOf(this.bytes, at)}] ${message}`)
  }
}

function syntaxError(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_SYNTAX', message)
}
