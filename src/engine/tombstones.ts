import type { CurrentVersion } from './versioning.ts'

/** How long the version of a deleted document stays known, as long as `index.gc_deletes` of Elasticsearch has it by default. */
const tombstoneMs = 60_000
/** About 15 MB. Why not all of a minute: a delete by query of millions of documents would not fit beside the cache. */
const tombstonesMax = 100_000

type Tombstone = { readonly version: number; readonly seqNo: number; readonly untilMs: number }

/**
 * Versions of deleted ids for a minute after the delete: a write from outside that comes late must not bring a document back.
 * Segments cannot tell, they hold documents; a buffer can, until it is flushed. Kept over reloads of the index, forgotten
 * with the process.
 *
 * Source   Elasticsearch 8, LiveVersionMap's tombstones.
 * Cost     constant time; memory of the deletes of the last minute, at most of the newest 100,000.
 */
export class Tombstones {
  readonly #now: () => number
  /** Oldest first. */
  readonly #tombstones = new Map<string, Tombstone>()

  constructor(now: () => number) {
    this.#now = now
  }

  get count(): number {
    return this.#tombstones.size
  }

  note(id: string, version: number, seqNo: number): void {
    this.#tombstones.delete(id)
    this.#tombstones.set(id, { version, seqNo, untilMs: this.#now() + tombstoneMs })
    this.#drop()
  }

  /** The id is live again: its document has the version. */
  forget(id: string): void {
    this.#tombstones.delete(id)
  }

  find(id: string): CurrentVersion | null {
    // Asked of each new document: mostly there is none, and to look at the clock takes longer than to see that.
    if (this.#tombstones.size === 0) return null
    this.#drop()
    const found = this.#tombstones.get(id)
    if (found === undefined) return null
    return { version: found.version, seqNo: found.seqNo, deleted: true }
  }

  #drop(): void {
    const nowMs = this.#now()
    for (const [id, { untilMs }] of this.#tombstones) {
      if (untilMs > nowMs && this.#tombstones.size <= tombstonesMax) return
      this.#tombstones.delete(id)
    }
  }
}
