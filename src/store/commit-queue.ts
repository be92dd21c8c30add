import type { VectorStoreError } from '../util/index.ts'
import type { LevelOperation } from './level.ts'

/** Larger batches block the event loop while they are copied (16 MB: 57 ms) and fill the log in one go. */
const batchBytesMax = 1 << 20

/** What goes into one batch together, of one call. */
export type Part = {
  readonly operations: readonly LevelOperation[]
  readonly bytes: number
  readonly settle: (error: VectorStoreError | null) => void
}

/** Calls that wait for their batch, cut into parts of at most `batchBytesMax` (or one record that is larger). */
export class CommitQueue {
  #parts: Part[] = []

  get isEmpty(): boolean {
    return this.#parts.length === 0
  }

  /** Resolves when the last part of the call is settled, rejects with the first error. */
  add(operations: readonly LevelOperation[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const parts = splitParts(operations)
    let waiting = parts.length
    const settle = (error: VectorStoreError | null): void => {
      if (error !== null) reject(error)
      else if (--waiting === 0) resolve()
    }
    for (const part of parts) this.#parts.push({ ...part, settle })
    return promise
  }

  /** Parts of the next batch, in the order of the calls. */
  take(): Part[] {
    let bytes = 0
    let count = 0
    for (const part of this.#parts) {
      bytes += part.bytes
      if (count > 0 && bytes > batchBytesMax) break
      count++
    }
    return this.#parts.splice(0, count)
  }

  refuse(error: VectorStoreError): void {
    for (const part of this.#parts) part.settle(error)
    this.#parts = []
  }
}

function splitParts(operations: readonly LevelOperation[]): Omit<Part, 'settle'>[] {
  const parts: Omit<Part, 'settle'>[] = []
  let part: LevelOperation[] = []
  let bytes = 0
  for (const operation of operations) {
    const operationBytes = operation.key.length + (operation.value?.length ?? 0)
    if (part.length > 0 && bytes + operationBytes > batchBytesMax) {
      parts.push({ operations: part, bytes })
      part = []
      bytes = 0
    }
    part.push(operation)
    bytes += operationBytes
  }
  parts.push({ operations: part, bytes })
  return parts
}
