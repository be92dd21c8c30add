/**
 * Rows by true index: which rows have an index, so that what all rows have in common with a query is counted without reading any.
 *
 * | pages         | what                                                                                                |
 * | ------------- | --------------------------------------------------------------------------------------------------- |
 * | rowLists      | u16le[8192], one stream of words: block after block, index after index, the rows that have it,      |
 * |               | ascending, counted from the first row of the block                                                  |
 * | rowListStarts | u32le[4096], one stream: of each block its first row · u32[dims + 1] the word of the other stream    |
 * |               | at which the list of each index starts, and where the last ends                                     |
 *
 * A block has 65,536 rows, or fewer that have many indices: what is sorted is in memory. There are lists where starts take few
 * bytes a row, and where no hash terms tell the same. Two bytes an index, as rows of at most 65,536 dims have.
 *
 * Measured (sets of 60 of 4,000): a row is compared in 80 ns, a row in a list counted in .4 ns: of 10,000 rows 9,000 are in the
 * lists of a query, so what 2,000 candidates have in common with it is known after 4 instead of 155 us.
 */
import { KernelContext } from '../kernels/context.ts'
import { HitCounter } from '../lsh/hit-counter.ts'
import type { CommonCounts } from '../hash-postings.ts'
import type { PageSource, PageTable, VectorIndexMeta } from '../types.ts'
import { readWords } from './word-reader.ts'

/** Words of the starts before the first start of a block. */
export const blockHeadWords = 1

/** Words of the starts of a block. */
export function blockWords(dims: number): number {
  return blockHeadWords + dims + 1
}

/** Of a row that is compared, and of each of its indices. */
const rowNs = 10
const indexNs = 1.2
/** Of a list that is looked up, a row in it, and a row whose count is set to zero. */
const listNs = 8
const listedNs = 0.4
const clearedNs = 0.03
/** Faults that are told. */
const faultsMax = 10

export class RowLists {
  readonly #source: PageSource
  readonly #starts: PageTable
  readonly #lists: PageTable
  readonly #count: number
  readonly #dims: number
  readonly #blockCount: number
  /** Indices of a row. */
  readonly #meanLength: number
  /** First rows of the blocks; null until they are needed. */
  #firsts: readonly number[] | null = null

  /** null: the rows have no lists. */
  static of(meta: VectorIndexMeta, source: PageSource): RowLists | null {
    return meta.pageCounts.rowListStarts === undefined ? null : new RowLists(meta, source)
  }

  constructor({ spec, count, pageCounts, parameters }: VectorIndexMeta, source: PageSource) {
    this.#source = source
    this.#starts = source.table('rowListStarts', pageCounts.rowListStarts ?? 0)
    this.#lists = source.table('rowLists', pageCounts.rowLists ?? 0)
    this.#count = count
    this.#dims = spec.dims
    this.#blockCount = Number(parameters['listBlocks'])
    this.#meanLength = Number(parameters['indices']) / count
  }

  /**
   * Indices that every row has in common with a query; null where it is cheaper to read the rows that are asked for.
   *
   * @param rowCount  Of them.
   */
  commonCounts(query: Int32Array, rowCount: number): CommonCounts | null {
    const readNs = rowCount * (rowNs + this.#meanLength * indexNs)
    const startNs = this.#blockCount * query.length * listNs + this.#count * clearedNs
    if (startNs > readNs) return null
    this.#firsts ??= this.#readFirsts()
    const { address, id } = this.#starts
    const lists = {
      starts: address,
      startsId: id,
      lists: this.#lists.address,
      listsId: this.#lists.id
    }
    const counter = HitCounter.of(this.#source)
    return counter.countLists(
      { ...lists, firsts: this.#firsts, blockHeadWords, blockWords: blockWords(this.#dims) },
      query,
      this.#count,
      (readNs - startNs) / listedNs
    )
  }

  #readFirsts(): number[] {
    return Array.from(
      { length: this.#blockCount },
      (_, block) => this.#words(this.#starts, 4, block * blockWords(this.#dims), 1)[0]!
    )
  }

  /**
   * What the lists say otherwise than the rows; empty when they are sound.
   *
   * Cost   reads all of both, some 10 ns an index.
   */
  faults(rowAt: (row: number) => Int32Array): string[] {
    const faults: string[] = []
    const firsts = this.#readFirsts()
    for (const [block, first] of firsts.entries()) {
      const ends = this.#words(
        this.#starts,
        4,
        block * blockWords(this.#dims) + blockHeadWords,
        this.#dims + 1
      )
      const lists = this.#words(this.#lists, 2, ends[0]!, ends[this.#dims]! - ends[0]!)
      const base = ends[0]!
      const next = ends.slice()
      const lastRow = firsts[block + 1] ?? this.#count
      for (let row = first; row < lastRow; row++) {
        for (const index of rowAt(row)) {
          const found = lists[next[index]!++ - base]
          if (found !== row - first && faults.length < faultsMax) {
            faults.push(`row ${row} of index ${index} is ${String(found)} in its list`)
          }
        }
      }
      for (let index = 0; index < this.#dims && faults.length < faultsMax; index++) {
        if (next[index] === ends[index + 1]) continue
        faults.push(
          `the list of index ${index} ends at ${ends[index + 1]}, its rows at ${next[index]}`
        )
      }
    }
    return faults
  }

  #words(pages: PageTable, wordBytes: 2 | 4, from: number, count: number): Uint32Array {
    const words = new Uint32Array(count)
    readWords(KernelContext.of(this.#source), pages, wordBytes, from, words)
    return words
  }

  get sizeInBytes(): number {
    return this.#meanLength * this.#count * 2 + this.#blockCount * blockWords(this.#dims) * 4
  }

  close(): void {
    this.#starts.close()
    this.#lists.close()
  }
}
