/**
 * Takes the records of a segment while it is built, commits them in batches, and leaves the event loop free in between.
 *
 * The builder runs in slices: `if (sink.due()) await sink.pause()` in its loops. A pause commits what has piled up and lets other
 * work run. One batch is written and one waits, sealed, while the next is filled; no more than these three and one slice's work are
 * in memory: the store's pace is the builder's.
 */
import { loopSlice } from '../util/index.ts'
import type { RecordPut, SegmentKind, Store } from '../store/index.ts'
import { pageKey } from '../store/index.ts'

/** Below the 1 MB of a store batch by what a slice may add. */
const batchBytes = 768 * 1024
/** Records of a batch, and of what a slice adds. */
const slabBytes = 1024 * 1024
/** due() looks at the clock every so many calls: it is called once for every value. */
const callsPerClock = 64

export type SinkTarget = {
  readonly store: Store
  readonly index: number
  readonly generation: number
}

export class RecordSink {
  readonly #target: SinkTarget
  readonly #signal: AbortSignal | undefined
  readonly #slice = loopSlice()
  #records: RecordPut[] = []
  readonly #slab = new Uint8Array(slabBytes)
  #slabUsed = 0
  #pendingBytes = 0
  /** The batches that are on their way while the next is filled: what is written now, and what comes behind it. */
  #written: Promise<void> = Promise.resolve()
  #waiting: Promise<void> = Promise.resolve()
  #calls = 0
  /** Payload bytes and records up to now. */
  byteCount = 0
  recordCount = 0

  constructor(target: SinkTarget, signal?: AbortSignal) {
    this.#target = target
    this.#signal = signal
  }

  /** @param payload  Copied. */
  put(kind: SegmentKind, field: number, page: number, payload: Uint8Array): void {
    const { index, generation } = this.#target
    const copy = this.#copyOf(payload)
    this.#records.push({ key: pageKey(index, generation, kind, field, page), payload: copy })
    this.#pendingBytes += payload.length
    this.byteCount += payload.length
    this.recordCount += 1
  }

  /** In the slab, where there is room: an array of its own for each page would have V8 look for garbage every few batches. */
  #copyOf(payload: Uint8Array): Uint8Array {
    const from = this.#slabUsed
    const end = from + payload.length
    if (end > slabBytes) return payload.slice()
    this.#slab.set(payload, from)
    this.#slabUsed = end
    return this.#slab.subarray(from, end)
  }

  /** True when it is time for a pause. */
  due(): boolean {
    if (this.#pendingBytes >= batchBytes) return true
    if (++this.#calls < callsPerClock) return false
    this.#calls = 0
    return this.#slice.due()
  }

  async pause(): Promise<void> {
    if (this.#pendingBytes >= batchBytes) await this.#send()
    // To wait for a batch that is durable already gives the loop no turn.
    if (this.#slice.due()) await this.#slice.wait()
    this.#signal?.throwIfAborted()
    this.#calls = 0
  }

  /** Commits what is there. Resolves when all is durable. */
  async flush(): Promise<void> {
    this.#signal?.throwIfAborted()
    await this.#send()
    await this.#written
    await this.#waiting
  }

  /** Resolves when nothing is on its way any more, whatever came of it. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#written, this.#waiting])
  }

  async #send(): Promise<void> {
    await this.#written
    if (this.#records.length === 0) return
    const records = this.#records
    this.#records = []
    this.#pendingBytes = 0
    // The store copies what it is given before it returns: the slab is free again.
    this.#written = this.#waiting
    this.#waiting = this.#target.store.commit(records)
    this.#slabUsed = 0
    // Told when a batch is ready, or at the end; until then it must not end the process.
    this.#waiting.catch(() => {})
  }
}
