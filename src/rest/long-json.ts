/**
 * Answers that are too long to be printed at once: in pieces that leave the event loop free, to the same bytes as
 * writeJson's.
 */
import { jsonString, loopSlice, RawJson } from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import { writeJson } from './json-writer.ts'

/** What may be printed at once, about a millisecond: values, or bytes of text that is there already. */
const valuesAtOnceMax = 1000
const bytesAtOnceMax = 2 ** 18
/** Characters between two encodings. */
const textLengthMax = 2 ** 16

export function isLong(value: unknown): boolean {
  return new Weight().exceeds(value)
}

/**
 * @param slice  Asked behind every part that is printed at once.
 *
 * Errors   As writeJson.
 */
export async function writeLongJson(
  value: unknown,
  slice: LoopSlice = loopSlice()
): Promise<Buffer> {
  const writer = new LongWriter(slice)
  await writer.write(value)
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
    for (const member of Array.isArray(value) || value instanceof Map
      ? value.values()
      : Object.values(value))
      if (this.exceeds(member)) return true
    return false
  }
}

class LongWriter {
  readonly #slice: LoopSlice
  readonly #parts: Buffer[] = []
  #text = ''

  constructor(slice: LoopSlice) {
    this.#slice = slice
  }

  async write(value: unknown): Promise<void> {
    if (!isContainer(value) || !isLong(value)) {
      this.#add(writeJson(value))
      if (this.#slice.due()) await this.#slice.wait()
    } else if (Array.isArray(value)) await this.#writeArray(value)
    else await this.#writeMembers(value instanceof Map ? value : Object.entries(value))
  }

  async #writeArray(values: readonly unknown[]): Promise<void> {
    this.#add('[')
    for (let at = 0; at < values.length; at++) {
      if (at > 0) this.#add(',')
      await this.write(values[at] ?? null)
    }
    this.#add(']')
  }

  async #writeMembers(members: Iterable<readonly [string, unknown]>): Promise<void> {
    let before = '{'
    for (const [name, member] of members) {
      if (member === undefined) continue
      this.#add(`${before}${jsonString(name)}:`)
      await this.write(member)
      before = ','
    }
    this.#add(before === '{' ? '{}' : '}')
  }

  #add(text: string): void {
    this.#text += text
    if (this.#text.length < textLengthMax) return
    this.#parts.push(Buffer.from(this.#text))
    this.#text = ''
  }

  joined(): Buffer {
    this.#parts.push(Buffer.from(this.#text))
    return Buffer.concat(this.#parts)
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
