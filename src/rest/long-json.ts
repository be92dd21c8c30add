/**
 * Answers that are too long to be printed at once: in pieces that leave the event loop free, to the same bytes as
 * writeJson's.
 */
import { jsonString, loopSlice, RawJson } from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import { opened, writeIncluded } from './filter-path.ts'
import type { PathState } from './filter-path.ts'
import { JsonIndenter, writeJson } from './json-writer.ts'

/** What may be printed at once, about a millisecond: values, or bytes of text that is there already. */
const valuesAtOnceMax = 1000
const bytesAtOnceMax = 2 ** 18
/** Characters between two encodings. */
const textLengthMax = 2 ** 16

export function isLong(value: unknown): boolean {
  return new Weight().exceeds(value)
}

export type LongJsonOptions = {
  /** What of the value is wanted. @default everything */
  readonly included?: PathState | null
  /** With line breaks and blanks, and a line break at the end. @default false */
  readonly isPretty?: boolean
  /** Asked behind every part that is printed at once. @default a slice of this thread's loop */
  readonly slice?: LoopSlice
}

/** Errors   As writeJson. */
export async function writeLongJson(
  value: unknown,
  { included = null, isPretty = false, slice = loopSlice() }: LongJsonOptions = {}
): Promise<Buffer> {
  const writer = new LongWriter(slice, isPretty)
  await writer.write(value, included)
  return writer.joined()
}

/** Counts what a value holds until it is too much. */
class Weight {
  #valueCount = 0
  #byteCount = 0

  exceeds(value: unknown): boolean {
    this.#valueCount += 1
    if (typeof value === 'string') this.#byteCount += value.length
    else if (value instanceof RawJson) this.#byteCount += value.byteLength
    if (this.#valueCount > valuesAtOnceMax || this.#byteCount > bytesAtOnceMax) return true
    return typeof value === 'object' && value !== null && this.#anyExceeds(value)
  }

  #anyExceeds(value: object): boolean {
    if (value instanceof RawJson) return false
    if (ArrayBuffer.isView(value)) {
      this.#valueCount += (value as Float32Array).length
      return this.#valueCount > valuesAtOnceMax
    }
    if (value instanceof Map) {
      for (const member of value.values()) if (this.exceeds(member)) return true
      return false
    }
    // Every answer is weighed: without lists of members and iterators, which were a fifth of what a search left to collect.
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) if (this.exceeds(value[at])) return true
      return false
    }
    const members = value as Readonly<Record<string, unknown>>
    for (const name in members)
      if (Object.hasOwn(members, name) && this.exceeds(members[name])) return true
    return false
  }
}

class LongWriter {
  readonly #slice: LoopSlice
  readonly #indenter: JsonIndenter | null
  readonly #parts: Buffer[] = []
  #text = ''
  /** Brackets and names that are printed when something is found behind them. */
  #pending = ''
  /** Texts so far, pending ones not counted. */
  #textCount = 0

  constructor(slice: LoopSlice, isPretty: boolean) {
    this.#slice = slice
    this.#indenter = isPretty ? new JsonIndenter() : null
  }

  /** null: all of it is done, and there is time for more. */
  write(value: unknown, state: PathState | null): Promise<void> | null {
    if (state?.isEmpty === true) return null
    const wanted = state?.takesAll === true ? null : state
    const inner = wanted === null ? value : opened(value)
    if (!isContainer(inner) || !isLong(inner)) {
      const text = wanted === null ? writeJson(inner) : writeIncluded(inner, wanted)
      if (text !== undefined) this.#add(text)
      return this.#slice.due() ? this.#slice.wait() : null
    }
    return Array.isArray(inner)
      ? this.#writeArray(inner, wanted)
      : this.#writeMembers(inner instanceof Map ? inner : Object.entries(inner), wanted)
  }

  async #writeArray(values: readonly unknown[], state: PathState | null): Promise<void> {
    const [before, textCount] = [this.#pending, this.#textCount]
    this.#pending = `${before}[`
    for (const value of values) {
      if (this.#textCount > textCount) this.#pending = ','
      const written = this.write(value ?? null, state)
      if (written !== null) await written
    }
    this.#close(']', before, textCount, state)
  }

  async #writeMembers(
    members: Iterable<readonly [string, unknown]>,
    state: PathState | null
  ): Promise<void> {
    const [before, textCount] = [this.#pending, this.#textCount]
    this.#pending = `${before}{`
    for (const [name, member] of members) {
      if (member === undefined) continue
      const start = this.#textCount > textCount ? ',' : `${before}{`
      this.#pending = `${start}${jsonString(name)}:`
      const written = this.write(member, state === null ? null : state.below(name))
      if (written !== null) await written
    }
    if (this.#textCount === textCount) this.#pending = `${before}{`
    this.#close('}', before, textCount, state)
  }

  /** A container of which nothing was wanted is left out. */
  #close(bracket: string, before: string, textCount: number, state: PathState | null): void {
    const isEmpty = this.#textCount === textCount
    if (!isEmpty) this.#pending = ''
    if (isEmpty && state !== null) this.#pending = before
    else this.#add(bracket)
  }

  #add(text: string): void {
    this.#text += this.#pending + text
    this.#pending = ''
    this.#textCount += 1
    if (this.#text.length >= textLengthMax) this.#flush()
  }

  #flush(): void {
    this.#parts.push(Buffer.from(this.#indenter?.indent(this.#text) ?? this.#text))
    this.#text = ''
  }

  /** Part by part too: some ten megabytes take longer than a turn. */
  async joined(): Promise<Buffer> {
    if (this.#textCount === 0) this.#add('{}')
    this.#flush()
    if (this.#indenter !== null) this.#parts.push(Buffer.from('\n'))
    const joined = Buffer.allocUnsafe(this.#parts.reduce((sum, { length }) => sum + length, 0))
    let to = 0
    for (const part of this.#parts) {
      joined.set(part, to)
      to += part.length
      if (this.#slice.due()) await this.#slice.wait()
    }
    return joined
  }
}

type Container =
  | readonly unknown[]
  | ReadonlyMap<string, unknown>
  | Readonly<Record<string, unknown>>

/** An array, a Map or a plain object: what writeJson goes into. */
function isContainer(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof RawJson || ArrayBuffer.isView(value)) return false
  return !(JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
}
