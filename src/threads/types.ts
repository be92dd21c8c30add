/** What the first thread and a search thread tell each other. All of it is plain data. */
import type { Chunk, FramesPlace } from '../cache/index.ts'
import type { SharedVectors } from '../segment/index.ts'
import type { ErrorCode, ErrorDetails } from '../util/index.ts'
import type { Vector, VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'

/** What a thread is started with. */
export type ThreadStart = {
  readonly memory: WebAssembly.Memory
  readonly place: FramesPlace
  readonly thread: number
  readonly readersPath: string
}

/** A request as it travels: a bit set is its words, what threads share is its memory. */
export type SentRequest = Omit<VectorSearchRequest, 'accept' | 'query' | 'nearest'> & {
  readonly query: Vector
  readonly accept: Uint32Array | null
  readonly nearest: SharedArrayBuffer | null
}

/** In the order sent; `vectors` is the id of the first table of an index, which no other table ever has. */
export type ThreadRequest =
  /** Room for the marks of so many vectors, all at once: given piece by piece it would fall to pieces. */
  | { readonly type: 'chunk'; readonly chunk: Chunk; readonly countMax: number }
  | { readonly type: 'open'; readonly vectors: number; readonly shared: SharedVectors }
  | { readonly type: 'close'; readonly vectors: number }
  | {
      readonly type: 'search'
      readonly number: number
      readonly vectors: number
      readonly request: SentRequest
    }
  | { readonly type: 'stop' }

type SentError = {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

/** `error`: an operating error; the first thread will meet it itself when it does the same. */
export type ThreadAnswer = {
  readonly number: number
  readonly result: VectorSearchResult | null
  readonly error: SentError | null
}
