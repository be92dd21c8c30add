/** Bodies of requests: bytes to JSON, checked before anybody reads them. */
import { isQueryVector, locate, nearestNeighborsName } from '../dialect/index.ts'
import { VectorStoreError, bufferOf, parseJson, parseJsonWithVector } from '../util/index.ts'

/** A request's body; text where it came as text, so that faults can be shown by line and column. */
export class RequestBody {
  /** null when the body came as a JSON value, or not at all. */
  readonly bytes: Uint8Array | null
  readonly #value: unknown

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

  /** The JSON value; null when there is no body. Errors REQUEST_SYNTAX. */
  json(): unknown {
    return this.bytes === null ? this.#value : parseJson(this.bytes)
  }

  /** The JSON value of a search: its query vector may be a Float64Array. Errors REQUEST_SYNTAX. */
  searchJson(): unknown {
    if (this.bytes === null || !bufferOf(this.bytes).includes(nearestNeighborsName))
      return this.json()
    return parseJsonWithVector(this.bytes, isQueryVector)
  }

  /** The JSON value. Errors REQUEST_BODY, REQUEST_SYNTAX. */
  requiredJson(): unknown {
    if (this.isEmpty) throw bodyMissing()
    return this.json()
  }

  /** As `json`, with every number as a double: for definitions, where none is larger. Errors REQUEST_SYNTAX. */
  definition(): unknown {
    if (this.bytes === null) return this.#value
    parseJson(this.bytes)
    return JSON.parse(textOf(this.bytes))
  }

  /** As `requiredJson`, with numbers as the text they have: for parts of documents. */
  exactJson(): unknown {
    if (this.isEmpty) throw bodyMissing()
    return this.bytes === null ? this.#value : parseExactJson(this.bytes)
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

const exact = JSON as unknown as {
  rawJSON(text: string): unknown
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown
  ): unknown
}

/** Numbers whose text JSON.stringify would change (1.0, 1e3, 2^53 + 1) keep it. Errors REQUEST_SYNTAX. */
export function parseExactJson(bytes: Uint8Array): unknown {
  parseJson(bytes)
  return exact.parse(textOf(bytes), (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? exact.rawJSON(source)
      : value
  )
}

function textOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString()
}
