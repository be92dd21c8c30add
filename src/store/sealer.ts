/**
 * Seals what is to be committed: header and a copy of each payload, side by side in one slab a call.
 *
 * Why slabs: an array of its own for every record took longer to make and to collect than the record to write (100,000 documents:
 * 0.3 of 3 s), and V8, which counts such memory, marked its whole heap every 64 MB of it. Where the database has copied a slab
 * once its batch is written, it is used again.
 */
import { assert } from '../util/index.ts'
import { kind, kindOf } from './keys.ts'
import { sealedBytes, sealRecord } from './record.ts'
import type { LevelOperation } from './level.ts'
import type { RecordPut } from './types.ts'

export type Sealed = {
  readonly operations: readonly LevelOperation[]
  /** To be called when nobody reads the operations any more. */
  readonly release: () => void
}

/** A batch holds 1 MB, a call of a job a little more or less; what is larger is rare. */
const slabBytesMax = 2 << 20
const slabBytesMin = 64 << 10
/** Two requests under way, a flush and a merge. */
const freeSlabsMax = 4
/** As in the record's own header: payloads stay 8-aligned. */
const alignBytes = 8

export class Sealer {
  readonly #reuses: boolean
  readonly #free: Uint8Array[] = []

  /** @param reuses  Whether the database keeps no value that it was given. */
  constructor(reuses: boolean) {
    this.#reuses = reuses
  }

  seal(records: readonly RecordPut[]): Sealed {
    let bytes = 0
    for (const { payload } of records) bytes += spanOf(payload)
    const slab = this.#take(bytes)
    let at = 0
    const operations = records.map(({ key, payload }) => {
      assert(kindOf(key) !== kind.batch, 'batch records are the store’s own')
      const value = slab.subarray(at, at + sealedBytes(payload))
      at += spanOf(payload)
      return { key, value: sealRecord(key, payload, value) }
    })
    return { operations, release: () => this.#give(slab) }
  }

  #take(bytes: number): Uint8Array {
    const at = this.#free.findIndex((slab) => slab.length >= bytes)
    if (at >= 0) return this.#free.splice(at, 1)[0]!
    if (!this.#reuses || bytes > slabBytesMax) return new Uint8Array(bytes)
    return new Uint8Array(Math.max(slabBytesMin, 2 ** Math.ceil(Math.log2(bytes))))
  }

  #give(slab: Uint8Array): void {
    if (!this.#reuses || slab.length > slabBytesMax) return
    this.#free.push(slab)
    if (this.#free.length <= freeSlabsMax) return
    // The largest ones fit whatever comes.
    this.#free.sort((a, b) => a.length - b.length)
    this.#free.shift()
  }
}

function spanOf(payload: Uint8Array): number {
  return Math.ceil(sealedBytes(payload) / alignBytes) * alignBytes
}
