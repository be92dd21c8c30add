/**
 * Named positions of long jobs (an import), so that they go on where they stopped. Each save is a new record of a
 * growing number; the newest of a name counts, older ones are removed when the job ends or the next one begins.
 */
import type { Store } from '../store/index.ts'
import { decodeRecord, encodeRecord, parseKey, taskKey, taskRange } from '../store/index.ts'

type Bookmark = { readonly name: string; readonly value: unknown }

export class Bookmarks {
  readonly #store: Store
  readonly #values = new Map<string, unknown>()
  #next = 1
  #loaded = false

  constructor(store: Store) {
    this.#store = store
  }

  async get(name: string): Promise<unknown> {
    await this.#load()
    return this.#values.get(name) ?? null
  }

  async set(name: string, value: unknown): Promise<void> {
    await this.#load()
    this.#values.set(name, value)
    const number = this.#next++
    await this.#store.commit([
      { key: taskKey(number), payload: encodeRecord({ name, value } satisfies Bookmark) }
    ])
  }

  /** Rewrites what counts behind everything else, so that the older records can go. */
  async prune(): Promise<void> {
    await this.#load()
    const before = this.#next
    for (const [name, value] of this.#values) await this.set(name, value)
    await this.#store.removeRange({ gte: taskRange().gte, lt: taskKey(before) })
  }

  async #load(): Promise<void> {
    if (this.#loaded) return
    await this.#store.scan(taskRange(), (key, payload) => {
      const { name, value } = decodeRecord(payload) as Bookmark
      this.#values.set(name, value)
      this.#next = Math.max(this.#next, (parseKey(key)?.number ?? 0) + 1)
    })
    this.#loaded = true
  }
}
