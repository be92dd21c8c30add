/** What goes into handle() and what comes out of it: no socket, no framework. */
import type { Cancellation } from '../util/index.ts'

export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>

export type RestRequest = {
  readonly method: string
  /** Percent-encoded path; a query string in it counts when `query` is left out. */
  readonly path: string
  /** Query string without `?`, or parameters already decoded. @default '' */
  readonly query?: string | Readonly<Record<string, string>>
  /** Names in any case. @default {} */
  readonly headers?: HeaderMap
  /** Bytes or text as they came, or a JSON value that is parsed already (an array of lines where NDJSON is wanted). @default null */
  readonly body?: Uint8Array | string | object | null
  /** Aborted when nobody waits for the answer any more: searches that take long end then. */
  readonly signal?: Cancellation
}

export type RestResponse = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** null: none (HEAD). */
  readonly body: string | Uint8Array | null
}

/** Told of failures that nobody expected; the answer only names the id. */
export type OnInternalError = (id: string, error: unknown) => void
