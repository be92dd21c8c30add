/**
 * A long JSON text in steps: JSON.parse takes some ten milliseconds for a megabyte, and nothing else runs meanwhile.
 *
 * 1. The scanner goes through the text token by token, so that faults are told as for short texts.
 * 2. Whenever it has passed a piece, JSON.parse reads the members of the piece that are whole. Objects and arrays that are still
 *    open get those that belong to them; of those that ended inside the piece nothing is known but their text.
 */
import type { JsonToken } from './json-scan.ts'
import { JsonScanner } from './json-scan.ts'
import { keepIntegers, parseWithSource } from './json-source.ts'
import { splitStrings } from './json-strings.ts'
import type { LoopSlice } from './loop-slices.ts'
import type { Steps } from './steps.ts'

/** Texts of as many bytes are read in one piece: one or two milliseconds where they are short strings, and four may come at once. */
export const jsonAtOnceBytesMax: number = 2 ** 15
/** Half a millisecond of work, some hundred members. */
const pieceBytes = 2 ** 14

/**
 * A literal's arrays begin as what those before became: behind one list of strings, each number of a list was an object of its own,
 * and a collection of garbage copied 100,000 of them in 13 ms. A copy begins anew.
 */
const emptyList: readonly unknown[] = []

/** What becomes of numbers: doubles; or as parseJson has them, integers beyond 2^53 as bigint. */
export type JsonNumbers = 'double' | 'integer'

/**
 * As parseJson, in pieces.
 *
 * Cost     twice JSON.parse for numbers, a fifth of it for lists of short strings (json-strings.ts).
 * Errors   REQUEST_SYNTAX as parseJson.
 */
export function* parseJsonSteps(
  bytes: Uint8Array,
  numbers: JsonNumbers,
  slice: Pick<LoopSlice, 'due'>
): Steps<unknown> {
  const pieces = new JsonPieces(bytes, numbers)
  while (!pieces.advance()) if (slice.due()) yield
  return pieces.value
}

/** An object or array that is open. */
type Level = {
  readonly isObject: boolean
  /** Where it begins in the one around it: its name, or itself. */
  readonly start: number
  /** Of the last member. */
  name: string
  /** Text of whole members that nobody has read. from -1: there is none. */
  from: number
  to: number
  /** How many members that text has, as long as all are strings without escapes; -1 otherwise. */
  stringCount: number
  /** null: all of its text is in the piece. */
  made: Record<string, unknown> | unknown[] | null
}

class JsonPieces {
  readonly #scanner: JsonScanner
  readonly #numbers: JsonNumbers
  /** The first holds the value of the text. */
  readonly #levels: Level[] = [levelOf(false, 0, [])]
  #nameStart = 0
  #pieceEnd = pieceBytes
  /** Whether JSON.parse would lose something of the numbers of this piece. */
  #isExact = false

  constructor(bytes: Uint8Array, numbers: JsonNumbers) {
    this.#scanner = new JsonScanner(bytes)
    this.#numbers = numbers
  }

  get value(): unknown {
    return (this.#levels[0]!.made as unknown[])[0]
  }

  /** One piece; true: it was the last. */
  advance(): boolean {
    const scanner = this.#scanner
    for (;;) {
      const token = scanner.next()
      if (token === 'end') break
      this.#take(token)
      if (scanner.end >= this.#pieceEnd && token !== 'name') break
    }
    this.#readPiece()
    this.#pieceEnd = scanner.end + pieceBytes
    return scanner.token === 'end'
  }

  #take(token: JsonToken): void {
    const scanner = this.#scanner
    const level = this.#levels[this.#levels.length - 1]!
    if (token === 'objectEnd' || token === 'arrayEnd') {
      this.#close()
      return
    }
    if (token === 'name') {
      level.name = scanner.name()
      this.#nameStart = scanner.start
      return
    }
    const start = level.isObject ? this.#nameStart : scanner.start
    if (level.from < 0) {
      level.from = start
      level.stringCount = 0
    }
    if (token !== 'string' || scanner.hasEscapes) level.stringCount = -1
    else if (level.stringCount >= 0) level.stringCount += 1
    if (token === 'objectStart' || token === 'arrayStart') {
      this.#levels.push(levelOf(token === 'objectStart', start, null))
      return
    }
    level.to = scanner.end
    if (token === 'number') this.#isExact ||= this.#mayLose(scanner)
  }

  #close(): void {
    const closed = this.#levels.pop()!
    const around = this.#levels[this.#levels.length - 1]!
    if (closed.made === null) around.to = this.#scanner.end
    else {
      if (closed.from >= 0) this.#read(closed)
      around.from = -1
    }
  }

  #mayLose(scanner: JsonScanner): boolean {
    if (this.#numbers === 'double') return false
    const isShort = scanner.isInteger && scanner.end - scanner.start <= 15
    return scanner.isInteger && !isShort && !Number.isSafeInteger(scanner.number())
  }

  /** From outside in: what comes before an open member is put in first. */
  #readPiece(): void {
    let around: Level | null = null
    for (const [at, level] of this.#levels.entries()) {
      if (level.made === null) {
        level.made = level.isObject ? {} : emptyList.slice()
        put(around!, around!.name, level.made)
      }
      const open = this.#levels[at + 1]
      if (level.from >= 0 && level.from !== open?.start) this.#read(level)
      level.from = -1
      around = level
    }
    this.#isExact = false
  }

  #read(level: Level): void {
    const text = this.#scanner.bytes.toString('utf8', level.from, level.to)
    const isStrings = !level.isObject && level.stringCount > 0
    const strings = isStrings ? splitStrings(text, level.stringCount) : null
    const members = strings ?? this.#parse(level.isObject ? `{${text}}` : `[${text}]`)
    if (Array.isArray(members)) {
      const list = level.made as unknown[]
      for (const member of members) list.push(member)
    } else for (const name of Object.keys(members)) put(level, name, members[name])
  }

  #parse(text: string): unknown[] | Record<string, unknown> {
    const value = this.#isExact ? parseWithSource(text, keepIntegers) : JSON.parse(text)
    return value as unknown[] | Record<string, unknown>
  }
}

function levelOf(isObject: boolean, start: number, made: Level['made']): Level {
  return { isObject, start, name: '', from: -1, to: -1, stringCount: 0, made }
}

function put({ made }: Level, name: string, value: unknown): void {
  if (Array.isArray(made)) made.push(value)
  else if (name !== '__proto__') made![name] = value
  else {
    // Assigning would call its setter.
    const member = { value, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(made, name, member)
  }
}
