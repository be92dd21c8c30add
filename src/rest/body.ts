/** Bodies of requests: bytes to JSON, checked before anybody reads them. */
import { isQueryVector, locate, nearestNeighborsName } from '../dialect/index.ts'
import {
  VectorStoreError,
  beginInSlices,
  bufferOf,
  jsonAtOnceBytesMax,
  loopSlice,
  parseJson,
  parseJsonSteps,
  parseJsonWithVector,
  runInSlices
} from '../util/index.ts'
import type { JsonNumbers, Steps } from '../util/index.ts'

const openBracket = 0x5b

/** What a route reads of its body: JSON with one kind of numbers, or the bytes as they are. */
export type BodyForm = JsonNumbers | 'bytes'

/** A request's body; text where it came as text, so that faults can be shown by line and column. */
export class RequestBody {
  /** null when the body came as a JSON value, or not at all. */
  readonly bytes: Uint8Array | null
  readonly #value: unknown
  /** Gives what was read ahead, or throws what is wrong with it. */
  #ahead: (() => unknown) | null = null
  #valueAhead: unknown = null

  constructor(body: Uint8Array | string | object | null | undefined) {
    if (body instanceof Uint8Array || typeof body === 'string') {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      this.bytes = bytes.length > 0 ? bytes : null
      this.#value = null
    } else {
      this.bytes = null
      this.#value = body ?? null
    }
  }

  get isEmpty(): boolean {
    return this.bytes === null && this.#value === null
  }

  get byteLength(): number {
    return this.bytes?.length ?? 0
  }

  /** Longer than what is read in one turn of the event loop. */
  get isLong(): boolean {
    return this.byteLength > jsonAtOnceBytesMax
  }

  /** Reads a long body in slices. What is wrong with it is told when it is asked for. */
  async readAhead(form: JsonNumbers): Promise<void> {
    if (this.bytes === null) return
    const slice = loopSlice()
    try {
      const value = await beginInSlices(parseJsonSteps(this.bytes, form, slice), slice)
      this.#ahead = () => value
      this.#valueAhead = value
      // Those who look at each of its values take some milliseconds in one piece.
      await slice.wait()
    } catch (error) {
      this.#ahead = () => {
        throw error
      }
    }
  }

  /** The JSON value of a long body that was read ahead; null: there is none, or something is wrong with it. */
  get valueAhead(): unknown {
    return this.#valueAhead
  }

  /** What was read ahead, or what `parse` makes of the bytes. */
  #read(parse: (bytes: Uint8Array) => unknown): unknown {
    if (this.#ahead !== null) return this.#ahead()
    return this.bytes === null ? this.#value : parse(this.bytes)
  }

  /** The JSON value; null when there is no body. Errors REQUEST_SYNTAX. */
  json(): unknown {
    return this.#read(parseJson)
  }

  /** The JSON value of a search: its query vector may be a Float64Array. Errors REQUEST_SYNTAX. */
  searchJson(): unknown {
    const { bytes } = this
    if (bytes === null || this.#ahead !== null) return this.json()
    const text = bufferOf(bytes)
    // Most texts without an array are vectors in base64, where a byte is found in a tenth of a word's time.
    const hasVector = text.includes(openBracket) && text.includes(nearestNeighborsName)
    return hasVector ? parseJsonWithVector(bytes, isQueryVector) : this.json()
  }

  /** The JSON value. Errors REQUEST_BODY, REQUEST_SYNTAX. */
  requiredJson(): unknown {
    if (this.isEmpty) throw bodyMissing()
    return this.json()
  }

  /** As `json`, with every number as a double: for definitions, where none is larger. Errors REQUEST_SYNTAX. */
  definition(): unknown {
    return this.#read((bytes) => {
      parseJson(bytes)
      return JSON.parse(bufferOf(bytes).toString())
    })
  }

  /** A document: its bytes, or the object it came as. Errors REQUEST_BODY. */
  document(): Uint8Array | Readonly<Record<string, unknown>> {
    if (this.isEmpty) throw bodyMissing()
    return this.bytes ?? (this.#value as Readonly<Record<string, unknown>>)
  }

  /** Items of NDJSON that came as values; null: it is text. */
  get items(): readonly unknown[] | null {
    return Array.isArray(this.#value) ? (this.#value as readonly unknown[]) : null
  }

  /** Runs a parser; faults it finds get line and column. */
  parsed<T>(parse: (value: unknown) => T, value: unknown = this.json()): T {
    return located(this.bytes, () => parse(value))
  }

  /** The same with a parser that works in steps. */
  async parsedInSlices<T>(parse: (value: unknown) => Steps<T>, value: unknown): Promise<T> {
    try {
      return await runInSlices(parse(value), loopSlice())
    } catch (error) {
      throw locate(error, this.bytes)
    }
  }
}

export function bodyMissing(): VectorStoreError {
  return new VectorStoreError('REQUEST_BODY', 'request body is required')
}

/** Faults of `parse` with the line and column they have in `bytes`. */
export function located<T>(bytes: Uint8Array | null, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw locate(error, bytes)
  }
}
