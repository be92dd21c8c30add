/**
 * Bytes of request bodies held at once. A body is a whole buffer, so a thousand connections with large ones would take all
 * memory before any limit behind them is asked (ARCHITECTURE.md R24: reserved before it is read).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { VectorStoreError } from '../util/index.ts'
import type { ResolvedHttpOptions } from './options.ts'

/** A body without a length, or a compressed one, counts as this part of the largest, or as this many times its length. */
const unknownShare = 8

export class BodyBudget {
  readonly #options: Pick<ResolvedHttpOptions, 'bodyBytesMax' | 'bodiesBytesMax'>
  #heldBytes = 0

  constructor(options: Pick<ResolvedHttpOptions, 'bodyBytesMax' | 'bodiesBytesMax'>) {
    this.#options = options
  }

  /** Holds the bytes of a request until its response is over. Errors MEMORY_LIMIT. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const bytes = this.#bytesOf(request)
    if (bytes === 0) return
    const { bodiesBytesMax } = this.#options
    if (this.#heldBytes + bytes > bodiesBytesMax)
      throw new VectorStoreError(
        'MEMORY_LIMIT',
        `request bodies hold ${this.#heldBytes} bytes, ${bytes} more are beyond the limit of ${bodiesBytesMax}`,
        { details: { heldBytes: this.#heldBytes, bytes, bodiesBytesMax } }
      )
    this.#heldBytes += bytes
    response.once('close', () => {
      this.#heldBytes -= bytes
    })
  }

  #bytesOf({ headers }: IncomingMessage): number {
    const { bodyBytesMax } = this.#options
    if (headers['transfer-encoding'] !== undefined) return Math.ceil(bodyBytesMax / unknownShare)
    const length = Number(headers['content-length'] ?? 0)
    const encoding = headers['content-encoding'] ?? 'identity'
    const factor = encoding === 'identity' ? 1 : unknownShare
    // Longer ones are refused by their own limit.
    return Math.min(length * factor, bodyBytesMax)
  }
}
