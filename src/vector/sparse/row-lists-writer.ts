/** Writes rows by true index (row-lists.ts). */
import { assert } from '../../util/index.ts'
import type { Slices } from '../slices.ts'
import type { PageKind, PageSink, VectorSpec } from '../types.ts'
import { blockHeadWords, blockWords } from './row-lists.ts'
import { WordWriter } from './word-writer.ts'

const blockRowsMax = 65_536
/** About 32 MB of rows and as much of lists. */
const blockIndicesMax = 2 ** 24
const dimsMax = 65_536
/** Starts of 16 bytes a row at most. */
const dimsPerRow = 4
const wordMax = 2 ** 32
/** Words between two looks at the clock. */
const sliceWords = 8192

/** Hash terms that are the true indices tell the same. */
function hasLists({ dims, hashes }: VectorSpec, count: number): boolean {
  return hashes?.model !== 'trueIndices' && dims <= Math.min(dimsMax, count * dimsPerRow)
}

export class RowListsWriter {
  readonly #dims: number
  readonly #lists: WordWriter
  readonly #starts: WordWriter
  readonly #counts: Uint32Array
  /** Indices of the rows of the block, one row behind the other. */
  #indices = new Uint16Array(2 ** 16)
  #indexCount = 0
  readonly #ends = new Uint32Array(blockRowsMax)
  #blockRows = 0
  #firstRow = 0
  blockCount = 0

  /** null: rows of the spec have no lists. */
  static of(spec: VectorSpec, count: number, sink: PageSink): RowListsWriter | null {
    return hasLists(spec, count) ? new RowListsWriter(spec.dims, sink) : null
  }

  constructor(dims: number, sink: PageSink) {
    this.#dims = dims
    this.#lists = new WordWriter('rowLists', sink, 2)
    this.#starts = new WordWriter('rowListStarts', sink, 4)
    this.#counts = new Uint32Array(dims)
  }

  get pageCounts(): Partial<Record<PageKind, number>> {
    return { rowLists: this.#lists.pageCount, rowListStarts: this.#starts.pageCount }
  }

  add(row: Int32Array): void {
    const end = this.#indexCount + row.length
    while (end > this.#indices.length) {
      const grown = new Uint16Array(this.#indices.length * 2)
      grown.set(this.#indices)
      this.#indices = grown
    }
    const [indices, counts] = [this.#indices, this.#counts]
    let to = this.#indexCount
    for (let at = 0; at < row.length; at++) {
      const index = row[at]!
      indices[to++] = index
      counts[index]!++
    }
    this.#indexCount = end
    this.#ends[this.#blockRows++] = end
  }

  get isBlockFull(): boolean {
    return this.#blockRows === blockRowsMax || this.#indexCount >= blockIndicesMax
  }

  /** Sorts and writes what was added, in slices. */
  async endBlock(pause: Slices): Promise<void> {
    if (this.#blockRows === 0) return
    assert(this.#lists.count + this.#indexCount < wordMax, 'true indices of an index < 2^32')
    const ends = this.#startLists()
    const lists = new Uint16Array(this.#indexCount)
    const indices = this.#indices
    let look = sliceWords
    for (let row = 0, at = 0; row < this.#blockRows; row++) {
      for (const end = this.#ends[row]!; at < end; at++) lists[ends[indices[at]!]!++] = row
      if (at < look) continue
      look = at + sliceWords
      if (pause.due()) await pause.wait()
    }
    for (let from = 0; from < lists.length; from += sliceWords) {
      this.#lists.add(lists.subarray(from, from + sliceWords))
      await this.#lists.flush()
      if (pause.due()) await pause.wait()
    }
    this.blockCount += 1
    this.#firstRow += this.#blockRows
    this.#blockRows = 0
    this.#indexCount = 0
    this.#counts.fill(0)
  }

  /** Writes the starts of the block's lists; gives them counted from the first list. */
  #startLists(): Uint32Array {
    const starts = new Uint32Array(this.#dims)
    const written = new Uint32Array(blockWords(this.#dims))
    const base = this.#lists.count
    written[0] = this.#firstRow
    let sum = 0
    for (let index = 0; index < this.#dims; index++) {
      starts[index] = sum
      written[blockHeadWords + index] = base + sum
      sum += this.#counts[index]!
    }
    written[blockHeadWords + this.#dims] = base + sum
    this.#starts.add(written)
    return starts
  }

  async finish(pause: Slices): Promise<void> {
    await this.endBlock(pause)
    await this.#lists.finish()
    await this.#starts.finish()
  }
}
