/**
 * Room on the disk: refused before there is none, waited for when there was none.
 *
 * Commits that wait for room are written in the order of the calls, in one step with the answer that there is some: a later
 * operation row on disk without the earlier one would be a hole in the log.
 */
import { VectorStoreError } from '../util/index.ts'
import type { Medium } from './medium.ts'

/** What operations leave free: LevelDB's logs and tables that are being compacted. Jobs leave as much. */
export const roomBytesMin: number = 32 << 20
const lookMs = 1_000
const lookBytes = 4 << 20

type Waiting = {
  readonly write: () => Promise<void>
  readonly resolve: (written: Promise<void>) => void
  readonly reject: (error: unknown) => void
}

export class Room {
  readonly #medium: Pick<Medium, 'freeBytes' | 'regain'>
  #freeBytes = Infinity
  #lookedMs = -Infinity
  #bytesSinceLook = 0
  /** The disk was full and nobody knows of room since. */
  #exhausted = false
  #waiting: Waiting[] = []

  constructor(medium: Pick<Medium, 'freeBytes' | 'regain'>) {
    this.#medium = medium
  }

  get isShort(): boolean {
    if (performance.now() - this.#lookedMs > lookMs) this.#look()
    return this.#freeBytes < roomBytesMin
  }

  /** So many bytes were written. */
  taken(bytes: number): void {
    this.#bytesSinceLook += bytes
    if (this.#bytesSinceLook > lookBytes) this.#look()
  }

  async assert(bytes: number): Promise<void> {
    const neededBytes = bytes + roomBytesMin
    const freeBytes = await this.#medium.freeBytes()
    if (freeBytes >= neededBytes) return
    throw new VectorStoreError(
      'STORE_FULL',
      `${freeBytes} bytes are free, a job that writes ${bytes} wants ${neededBytes}`,
      { details: { freeBytes, neededBytes } }
    )
  }

  /** A write found the disk full: those after it wait until the medium has room again. */
  exhaust(): void {
    this.#exhausted = true
  }

  /** Calls `write` now, or when there is room again. */
  admit(write: () => Promise<void>): Promise<void> {
    if (!this.#exhausted) return write()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ write, resolve, reject })
    if (this.#waiting.length === 1) void this.#regain()
    return promise
  }

  async #regain(): Promise<void> {
    // Asking failed: there is no room as far as anybody knows.
    const hasRoom = await this.#medium.regain().catch(() => false)
    // One step from here on: who calls admit() next finds nobody waiting.
    const waiting = this.#waiting
    this.#waiting = []
    if (hasRoom) this.#exhausted = false
    for (const { write, resolve, reject } of waiting) {
      if (hasRoom) resolve(write())
      else
        reject(
          new VectorStoreError('STORE_FULL', 'no space left, writes are refused until there is')
        )
    }
  }

  #look(): void {
    this.#lookedMs = performance.now()
    this.#bytesSinceLook = 0
    this.#medium.freeBytes().then(
      (bytes) => (this.#freeBytes = bytes),
      // What was seen last stands; a disk that cannot be asked fails at the next write.
      () => undefined
    )
  }
}
