/**
 * How far the disk is trusted after write errors. One error poisons a handle of the database, and the reopened one is trusted
 * again; several in ten minutes mean a bad disk, and a disk that has forgotten what it had synced is never written again by this process.
 */
import { poisonedError } from './level-error.ts'
import type { StoreStats } from './types.ts'
import type { VectorStoreError } from '../util/index.ts'

const errorsMax = 3
const windowMinutes = 10

export class Trust {
  readonly #now: () => number
  readonly #failedAtMs: number[] = []
  /** A reopened database lacked batches that were acknowledged. */
  #lost = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** A write failed, and not for want of room: a full disk heals by itself, however often. */
  failed(): void {
    this.#failedAtMs.push(this.#now())
  }

  /** @returns What to note in the recovery report, null when the database ends where it was left or later. */
  reopened(lastBatch: number, acknowledged: number): string | null {
    if (lastBatch >= acknowledged) return null
    this.#lost = true
    return `the reopened database ends at batch ${lastBatch}, batch ${acknowledged} was acknowledged`
  }

  /** The state of a store whose database was just opened again. */
  get state(): 'open' | 'read-only' {
    const since = this.#now() - windowMinutes * 60_000
    const recent = this.#failedAtMs.filter((ms) => ms >= since)
    return this.#lost || recent.length >= errorsMax ? 'read-only' : 'open'
  }

  /** Why a write is refused in this state. */
  refusal(state: StoreStats['state']): VectorStoreError {
    if (state !== 'read-only')
      return poisonedError('an earlier write failed, the store is being reopened', null)
    const reason = this.#lost
      ? 'acknowledged batches are lost'
      : `${errorsMax} write errors in ${windowMinutes} minutes`
    return poisonedError(`${reason}, the store is read-only until it is opened again`, null)
  }
}
