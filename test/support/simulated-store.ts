/**
 * A database in memory that behaves as badly as LevelDB 1.20 on a bad day, from a seed:
 *  - crash() forgets what was not synced; a batch in flight is there whole, or not at all (or torn, when asked)
 *  - the n-th write fails, once or for ever; whatever this handle writes after a failure is answered "ok" and lost at
 *    the next open, as LevelDB loses it behind a broken log
 *  - a bit of a value flips; a key hides (get says undefined, iterators leave it out)
 *  - removed keys come back, and overwritten keys answer with their old value (google/leveldb #320)
 *
 * `SimulatedDisk` is what stays over crashes; `SimulatedLevel` is one opened handle on it, an abstract-level.
 */
import { AbstractIterator, AbstractLevel } from 'abstract-level'
import { openLevelStore } from '../../src/store/index.ts'
import type { AbstractIteratorOptions } from 'abstract-level'
import type { Level, Store } from '../../src/store/index.ts'

export type DiskFaults = {
  readonly seed: number
  /** The write with this number (1, 2, …) fails. */
  readonly failWrite?: number
  readonly failMode?: 'once' | 'forever'
  readonly failText?: string
  /** The failing batch is on disk all the same: the outcome of a failed write is unknown. */
  readonly failedBatchStays?: boolean
  /** Chance that a removed key comes back, and that an overwritten one answers with its old value. */
  readonly staleChance?: number
  /** A crash in the middle of a batch leaves a part of it. LevelDB promises it does not. */
  readonly tornBatches?: boolean
}

type BatchOperation = {
  readonly type: 'put' | 'del'
  readonly key: Uint8Array
  readonly value?: Uint8Array
}
type WriteOptions = { readonly sync?: boolean }

export class SimulatedDisk {
  readonly faults: DiskFaults
  /** Synced entries by key in hex, which sorts as the bytes do. */
  readonly entries: Map<string, Uint8Array> = new Map()
  readonly hidden: Set<string> = new Set()
  writeCount = 0
  iteratorsOpen = 0
  /** Batches applied in memory but not synced yet. */
  unsynced: (readonly BatchOperation[])[] = []
  #random: number
  #crashes = 0
  #level: SimulatedLevel | null = null

  constructor(faults: DiskFaults = { seed: 1 }) {
    this.faults = faults
    this.#random = faults.seed >>> 0
  }

  async open(): Promise<Level> {
    this.#level?.abandon()
    const level = new SimulatedLevel(this)
    this.#level = level
    await level.open()
    return level
  }

  openStore(): Promise<Store> {
    const born = this.#crashes
    // A process that died with the crash does not open anything again.
    const open = (): Promise<Level> =>
      born === this.#crashes ? this.open() : Promise.reject(new Error('power is off'))
    return openLevelStore(open, { retryMs: 1 })
  }

  /** Power cut: the open handle is dead, what was not synced is gone, or part of it where batches tear. */
  crash(): void {
    this.#level?.abandon()
    this.#level = null
    this.#crashes++
    const torn = this.faults.tornBatches === true ? this.unsynced[0] : undefined
    if (torn !== undefined) this.apply(torn.slice(0, Math.floor(this.random() * torn.length)))
    this.unsynced = []
  }

  apply(operations: readonly BatchOperation[]): void {
    for (const { type, key, value } of operations) {
      const name = nameOf(key)
      const stale = this.entries.has(name) && this.random() < (this.faults.staleChance ?? 0)
      if (stale) continue
      if (type === 'del') this.entries.delete(name)
      else this.entries.set(name, value?.slice() ?? new Uint8Array(0))
    }
  }

  flipBit(key: Uint8Array, bit: number): void {
    const value = this.entries.get(nameOf(key))
    if (value === undefined) throw new RangeError('no such key to damage')
    const at = (bit >>> 3) % value.length
    value[at] = (value[at] ?? 0) ^ (1 << (bit & 7))
  }

  hide(key: Uint8Array): void {
    this.hidden.add(nameOf(key))
  }

  /** Seeded, in 0 .. 1 (mulberry32). */
  random(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let t = this.#random
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

class SimulatedLevel extends AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array> {
  readonly #disk: SimulatedDisk
  /** What this handle wrote behind a failed write: seen by it, not on disk. */
  readonly #lost: Map<string, Uint8Array | null> = new Map()
  #broken = false
  #abandoned = false

  constructor(disk: SimulatedDisk) {
    // getSync is asked for at run time but not in abstract-level's type of the manifest.
    const manifest = { encodings: { view: true }, getSync: true, createIfMissing: true }
    super(manifest, { keyEncoding: 'view', valueEncoding: 'view' })
    this.#disk = disk
  }

  abandon(): void {
    this.#abandoned = true
  }

  async _open(): Promise<void> {}

  async _close(): Promise<void> {}

  _getSync(key: Uint8Array): Uint8Array | undefined {
    return this.valueAt(nameOf(key))
  }

  async _get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.valueAt(nameOf(key))
  }

  async _batch(operations: readonly BatchOperation[], options: WriteOptions): Promise<void> {
    const disk = this.#disk
    this.#assertAlive()
    const number = ++disk.writeCount
    disk.unsynced.push(operations)
    // The write takes a moment; a crash meanwhile finds it unsynced.
    await new Promise((resolve) => setImmediate(resolve))
    this.#assertAlive()
    disk.unsynced = disk.unsynced.filter((each) => each !== operations)
    const { failWrite, failMode, failText, failedBatchStays } = disk.faults
    const fails =
      failWrite !== undefined &&
      (number === failWrite || (failMode === 'forever' && number > failWrite))
    if (fails) {
      this.#broken = true
      if (failedBatchStays === true) disk.apply(operations)
      throw Object.assign(new Error(failText ?? 'IO error: Input/output error'), {
        code: 'LEVEL_IO_ERROR'
      })
    }
    if (!this.#broken && options.sync === true) disk.apply(operations)
    else
      for (const { type, key, value } of operations)
        this.#lost.set(nameOf(key), type === 'del' ? null : (value ?? null))
  }

  _iterator(options: AbstractIteratorOptions<Uint8Array, Uint8Array>): SimulatedIterator {
    return new SimulatedIterator(this, this.#disk, options)
  }

  valueAt(name: string): Uint8Array | undefined {
    this.#assertAlive()
    if (this.#disk.hidden.has(name)) return undefined
    const lost = this.#lost.get(name)
    if (lost !== undefined) return lost ?? undefined
    const value = this.#disk.entries.get(name)
    return value?.slice()
  }

  names(): string[] {
    this.#assertAlive()
    const { entries, hidden } = this.#disk
    const names = [...entries.keys()].filter((name) => !this.#lost.has(name))
    for (const [name, value] of this.#lost) if (value !== null) names.push(name)
    return names.filter((name) => !hidden.has(name)).sort()
  }

  #assertAlive(): void {
    if (this.#abandoned) throw new Error('this handle is from before the crash')
  }
}

class SimulatedIterator extends AbstractIterator<SimulatedLevel, Uint8Array, Uint8Array> {
  readonly #level: SimulatedLevel
  readonly #disk: SimulatedDisk
  readonly #names: string[]
  #at = 0

  constructor(
    level: SimulatedLevel,
    disk: SimulatedDisk,
    options: AbstractIteratorOptions<Uint8Array, Uint8Array>
  ) {
    super(level, options)
    const { gt, gte, lt, lte, reverse, limit } = options
    const names = level
      .names()
      .filter(
        (name) =>
          (gt === undefined || name > nameOf(gt)) &&
          (gte === undefined || name >= nameOf(gte)) &&
          (lt === undefined || name < nameOf(lt)) &&
          (lte === undefined || name <= nameOf(lte))
      )
    if (reverse === true) names.reverse()
    this.#names = limit === undefined || limit < 0 ? names : names.slice(0, limit)
    this.#level = level
    this.#disk = disk
    disk.iteratorsOpen++
  }

  async _next(): Promise<[Uint8Array, Uint8Array] | undefined> {
    const name = this.#names[this.#at++]
    if (name === undefined) return undefined
    return [
      new Uint8Array(Buffer.from(name, 'hex')),
      this.#level.valueAt(name) ?? new Uint8Array(0)
    ]
  }

  async _close(): Promise<void> {
    this.#disk.iteratorsOpen--
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('hex')
}
