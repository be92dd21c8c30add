import type { SegmentReader, SegmentView } from '../segment/index.ts'
import type { BitSet } from '../util/index.ts'

/** Bytes of bit sets kept. A segment of a million documents takes 125 kB a filter: room for about 250 of them. */
const filterCacheBytesMax = 32 * 1024 * 1024

/** A set with the number of its members. */
export type CountedBits = { readonly bits: BitSet; readonly count: number }
type Entry = CountedBits & { readonly docCount: number }

/**
 * Bit sets of segments: documents that match a filter (deletes not taken off, so that an entry stays true as long as its
 * segment), and ordinals that a vector search may return. The entries used longest ago make room. Holds no segment: an entry whose segment is gone is never asked for and ages out.
 */
export class FilterCache {
  readonly #bytesMax: number
  readonly #entries: Map<string, Entry> = new Map()
  readonly #numbers: WeakMap<object, number> = new WeakMap()
  #nextNumber: number = 0
  #bytes: number = 0

  constructor(bytesMax: number = filterCacheBytesMax) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** null: it is not there, or of a write buffer that has grown. */
  known(reader: SegmentReader, filterKey: string): CountedBits | null {
    const key = this.#keyOf(reader, filterKey)
    const known = this.#entries.get(key)
    if (known?.docCount !== reader.docCount) return null
    this.#entries.delete(key)
    this.#entries.set(key, known)
    return known
  }

  keep(reader: SegmentReader, filterKey: string, bits: BitSet): CountedBits {
    const key = this.#keyOf(reader, filterKey)
    this.#drop(key)
    const entry = { bits, count: bits.count(), docCount: reader.docCount }
    this.#entries.set(key, entry)
    this.#bytes += bytesOf(key, bits)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.#drop(oldest)
    }
    return entry
  }

  /** A key for what also depends on which documents of the segment are visible and live. */
  visibleKey({ liveDocs, docCount }: SegmentView, filterKey: string): string {
    const live = liveDocs === null ? 'all' : this.#numberOf(liveDocs)
    return `${live} of ${docCount} ${filterKey}`
  }

  #keyOf(reader: SegmentReader, filterKey: string): string {
    return `${this.#numberOf(reader)} ${filterKey}`
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= bytesOf(key, entry.bits)
  }

  #numberOf(object: object): number {
    let number = this.#numbers.get(object)
    if (number === undefined) {
      number = this.#nextNumber++
      this.#numbers.set(object, number)
    }
    return number
  }
}

function bytesOf(key: string, bits: BitSet): number {
  return bits.words.byteLength + 2 * key.length + 200
}

/** One for the process: its bound is a bound on memory. */
export const filterCache: FilterCache = new FilterCache()
