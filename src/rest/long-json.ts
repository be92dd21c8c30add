/**
 * Answers that are too long to be printed at once: in pieces that leave the event loop free, to the same bytes as
 * writeJson's.
 */
import {
  bufferOf,
  isList,
  jsonString,
  loopSlice,
  MadeList,
  RawJson,
  runInSlices
} from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import { AnswerBytes } from './answer-bytes.ts'
import { includesOf } from './filter-path.ts'
import type { PathState, Selection } from './filter-path.ts'
import { JsonIndenter, writeJson } from './json-writer.ts'

/** What may be printed at once, about a millisecond: values, or bytes of text that is there already. */
const valuesAtOnceMax = 1000
const bytesAtOnceMax = 2 ** 18
/** What a name that is not wanted takes of the time of a value. */
const unwantedShare = 0.25
/** Characters between two encodings: indented, a millisecond. */
const textLengthMax = 2 ** 14

/** @param selection  What of the value is wanted; null: all of it. */
export function isLong(value: unknown, selection: Selection | null = null): boolean {
  const wanted = selection === null || selection.includes.takesAll ? null : selection.includes
  return new Weight().exceeds(value, wanted)
}

export type LongJsonOptions = {
  /** What of the value is wanted. @default everything */
  readonly selection?: Selection | null
  /** With line breaks and blanks, and a line break at the end. @default false */
  readonly isPretty?: boolean
  /** Asked behind every part that is printed at once. @default a slice of this thread's loop */
  readonly slice?: LoopSlice
}

/** Errors   As writeJson. */
export async function writeLongJson(
  value: unknown,
  { selection = null, isPretty = false, slice = loopSlice() }: LongJsonOptions = {}
): Promise<Buffer> {
  const writer = new LongWriter(slice, isPretty)
  await writer.write(value, selection)
  return writer.joined()
}

/** Counts what is wanted of a value until it is too much. */
class Weight {
  #valueCount = 0
  #byteCount = 0

  /** @param wanted  null: all of it. */
  exceeds(value: unknown, wanted: PathState | null): boolean {
    this.#valueCount += 1
    if (typeof value === 'string') this.#byteCount += value.length
    else if (value instanceof RawJson) this.#byteCount += value.byteLength
    if (this.#valueCount > valuesAtOnceMax || this.#byteCount > bytesAtOnceMax) return true
    return typeof value === 'object' && value !== null && this.#anyExceeds(value, wanted)
  }

  #anyExceeds(value: object, wanted: PathState | null): boolean {
    if (value instanceof RawJson) return false
    // Who did not make it at once had a reason.
    if (value instanceof MadeList) return true
    if (ArrayBuffer.isView(value)) {
      this.#valueCount += (value as Float32Array).length
      return this.#valueCount > valuesAtOnceMax
    }
    if (value instanceof Map) {
      for (const [name, member] of value as ReadonlyMap<string, unknown>)
        if (this.#memberExceeds(name, member, wanted)) return true
      return false
    }
    // Every answer is weighed: without lists of members and iterators, which were a fifth of what a search left to collect.
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) if (this.exceeds(value[at], wanted)) return true
      return false
    }
    const members = value as Readonly<Record<string, unknown>>
    for (const name in members)
      if (Object.hasOwn(members, name) && this.#memberExceeds(name, members[name], wanted))
        return true
    return false
  }

  #memberExceeds(name: string, member: unknown, wanted: PathState | null): boolean {
    if (wanted === null) return this.exceeds(member, null)
    const below = wanted.below(name)
    if (!below.isEmpty) return this.exceeds(member, below.takesAll ? null : below)
    this.#valueCount += unwantedShare
    return this.#valueCount > valuesAtOnceMax
  }
}

class LongWriter {
  readonly #slice: LoopSlice
  readonly #indenter: JsonIndenter | null
  readonly #bytes = new AnswerBytes()
  #text = ''
  /** Brackets and names that are printed when something is found behind them. */
  #pending = ''
  /** Texts so far, pending ones not counted. */
  #textCount = 0
  /** Values that were wanted so far, printed or excluded. */
  #foundCount = 0

  constructor(slice: LoopSlice, isPretty: boolean) {
    this.#slice = slice
    this.#indenter = isPretty ? new JsonIndenter() : null
  }

  /** null: all of it is done, and there is time for more. */
  write(value: unknown, selection: Selection | null): Promise<void> | null {
    if (selection !== null && this.#isLeftOut(value, selection)) return null
    const wanted = selection?.takesAll === true ? null : selection
    if (!isOpen(value) || !isLong(value, wanted)) {
      const text = wanted === null ? writeJson(value) : wanted.text(value)
      if (text !== undefined) this.#add(text)
      return this.#slice.due() ? this.#slice.wait() : null
    }
    if (value instanceof RawJson) return this.#writeText(value, wanted)
    return isList(value)
      ? this.#writeArray(value, wanted)
      : this.#writeMembers(value instanceof Map ? value : Object.entries(value), wanted)
  }

  async #writeText(value: RawJson, selection: Selection | null): Promise<void> {
    const slice = this.#slice
    const isWhole = selection === null || value.isPicked
    const bytes = isWhole ? value.bytes : await runInSlices(selection.ofText(value.bytes), slice)
    if (bytes === null) return
    this.#add('')
    this.#flush()
    if (this.#indenter === null) {
      for (let from = 0; from < bytes.length; from += bytesAtOnceMax)
        this.#bytes.add(bytes.subarray(from, from + bytesAtOnceMax))
      return
    }
    for (const piece of this.#indenter.pieces(bufferOf(bytes).toString())) {
      this.#bytes.addText(piece)
      if (slice.due()) await slice.wait()
    }
  }

  #isLeftOut(value: unknown, { includes, excludes }: Selection): boolean {
    if (includes.isEmpty) return true
    if (!excludes.takesAll) return false
    if (includesOf(value, includes)) this.#foundCount += 1
    return true
  }

  async #writeArray(values: Iterable<unknown>, selection: Selection | null): Promise<void> {
    const start = this.#open('[')
    for (const value of values) {
      this.#pending = this.#textCount > start.textCount ? ',' : start.text
      const written = this.write(value ?? null, selection)
      if (written !== null) await written
    }
    this.#close(']', start, selection)
  }

  async #writeMembers(
    members: Iterable<readonly [string, unknown]>,
    selection: Selection | null
  ): Promise<void> {
    const start = this.#open('{')
    for (const [name, member] of members) {
      if (member === undefined) continue
      const before = this.#textCount > start.textCount ? ',' : start.text
      this.#pending = `${before}${jsonString(name)}:`
      const written = this.write(member, selection === null ? null : selection.below(name))
      if (written !== null) await written
    }
    this.#close('}', start, selection)
  }

  #open(bracket: string): ContainerStart {
    const before = this.#pending
    const [textCount, foundCount] = [this.#textCount, this.#foundCount]
    return { before, text: before + bracket, textCount, foundCount }
  }

  /** A container of which nothing was wanted is left out. */
  #close(bracket: string, start: ContainerStart, selection: Selection | null): void {
    const isFound = this.#foundCount > start.foundCount
    const isLeftOut = !isFound && selection !== null && !selection.includes.takesAll
    this.#pending = isLeftOut ? start.before : start.text
    if (this.#textCount > start.textCount) this.#pending = ''
    if (!isLeftOut) this.#add(bracket)
  }

  #add(text: string): void {
    this.#text += this.#pending + text
    this.#pending = ''
    this.#textCount += 1
    this.#foundCount += 1
    if (this.#text.length >= textLengthMax) this.#flush()
  }

  #flush(): void {
    this.#bytes.addText(this.#indenter?.indent(this.#text) ?? this.#text)
    this.#text = ''
  }

  joined(): Promise<Buffer> {
    if (this.#textCount === 0) this.#add('{}')
    this.#flush()
    if (this.#indenter !== null) this.#bytes.addText('\n')
    return runInSlices(this.#bytes.joined(), this.#slice)
  }
}

/** A container that is being printed. */
type ContainerStart = {
  /** What was pending. */
  readonly before: string
  /** What is pending in front of its first element. */
  readonly text: string
  readonly textCount: number
  readonly foundCount: number
}

type Open =
  | RawJson
  | readonly unknown[]
  | MadeList
  | ReadonlyMap<string, unknown>
  | Readonly<Record<string, unknown>>

/** Text, a list, a Map or a plain object: what may be printed in parts. */
function isOpen(value: unknown): value is Open {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  return !(JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
}
