/** A graph under construction: its arena, its tables and its index block. */
import { pagesFor } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'
import { wordGeometry } from '../row-table.ts'
import { headerBytes, indexBlockBytes, writeIndexBlock } from '../kernels/blocks.ts'
import { KernelContext } from '../kernels/context.ts'
import { scratchBytes } from '../kernels/scratch.ts'
import type { WalkKernel } from '../kernels/walk-kernel.ts'
import type { PageTable, VectorSpec } from '../types.ts'
import { Arena, tableBytes } from './arena.ts'
import type { CodeLayout } from './code-layout.ts'
import { listGeometry, upperGeometry } from './graph-layout.ts'
import type { CodeRange } from './quantizer.ts'

/** Striped write locks: two writers rarely meet, and the table stays in a processor's cache. walk-build.ts has the mask. */
const lockCount = 16_384

export class GraphMemory {
  readonly spec: VectorSpec
  readonly layout: CodeLayout
  readonly range: CodeRange
  readonly count: number
  readonly levels: Uint8Array
  readonly arena: Arena
  readonly context: KernelContext
  readonly kernel: WalkKernel
  /** Records of upper lists in the build's order. */
  readonly recordCount: number
  readonly mapPages: number
  readonly block: number
  readonly header: number
  readonly lists: PageGeometry
  readonly uppers: PageGeometry
  readonly #codeTable: PageTable
  readonly #listTable: PageTable
  readonly #upperTable: PageTable

  /** @param threads  Threads that will build at once, each with a scratch of its own. */
  constructor(
    spec: VectorSpec,
    layout: CodeLayout,
    range: CodeRange,
    levels: Uint8Array,
    threads: number
  ) {
    this.spec = spec
    this.layout = layout
    this.range = range
    this.levels = levels
    this.count = levels.length
    this.lists = listGeometry(spec.m)
    this.uppers = upperGeometry(spec.m)
    this.recordCount = levels.reduce((sum, level) => sum + level, 0)
    this.mapPages = pagesFor(wordGeometry, this.count)
    const codePages = pagesFor(layout.geometry, this.count)
    const listPages = pagesFor(this.lists, this.count)
    const upperPages = this.mapPages + pagesFor(this.uppers, this.recordCount)
    const perThread = scratchBytes + 2 * this.count + 1_024
    this.arena = new Arena(
      [codePages, listPages, upperPages].reduce((sum, pages) => sum + tableBytes(pages), 0) +
        (threads + 1) * perThread +
        lockCount * 4 +
        this.count +
        sampleBytes(spec) +
        65_536
    )
    this.#codeTable = this.arena.table('codes', codePages)
    this.#listTable = this.arena.table('lists', listPages)
    this.#upperTable = this.arena.table('upper', upperPages)
    this.context = KernelContext.of(this.arena)
    this.context.reserveVisited(this.count)
    this.kernel = this.context.walk(layout.kind)
    this.block = this.arena.allocate(indexBlockBytes)
    this.header = this.arena.allocate(headerBytes)
    this.#writeBlock()
    this.#writeMap()
    this.kernel.bind(this.block, this.context.scratch.block)
  }

  codeAddress(node: number): number {
    return recordAddress(this.#codeTable.frame(0), this.layout.geometry, node)
  }

  /** Address of a node's list on level 0. */
  listAddress(node: number): number {
    return recordAddress(this.#listTable.frame(0), this.lists, node)
  }

  upperAddress(record: number): number {
    return recordAddress(this.#upperTable.frame(this.mapPages), this.uppers, record)
  }

  /** First record of a node above level 0; -1 when it has none. */
  firstRecord(node: number): number {
    return this.context.words[(this.#upperTable.frame(0) >>> 2) + node]! - 1
  }

  get entry(): number {
    return this.context.words[this.header >>> 2]!
  }

  get topLevel(): number {
    return this.context.words[(this.header >>> 2) + 1]! | 0
  }

  /** Nodes taken by builders so far. */
  get takenCount(): number {
    return Math.min(this.count, Atomics.load(this.context.words, (this.header >>> 2) + 3))
  }

  /** Tells builders to stop after the node they are at. */
  stop(): void {
    Atomics.store(this.context.words, (this.header >>> 2) + 4, 1)
  }

  #writeBlock(): void {
    const { context, arena, spec, layout } = this
    const levels = arena.allocate(this.count)
    context.bytes.set(this.levels, levels)
    context.words[(this.header >>> 2) + 1] = 0xffffffff // no level yet
    writeIndexBlock(context.buffer, this.block, {
      nodeCount: this.count,
      codes: { address: this.#codeTable.address, id: 0, geometry: layout.geometry },
      lists: { address: this.#listTable.address, id: 0, geometry: this.lists },
      upper: { address: this.#upperTable.address, id: 0, geometry: this.uppers },
      mapPages: this.mapPages,
      codeLength: layout.length,
      tailOffset: layout.tailOffset,
      m: spec.m,
      dims: spec.dims,
      rangeLow: this.range.low,
      rangeScale: this.range.scale,
      header: this.header,
      levels,
      locks: arena.allocate(lockCount * 4)
    })
  }

  #writeMap(): void {
    const map = this.#upperTable.pageCount === 0 ? 0 : this.#upperTable.frame(0) >>> 2
    let record = 0
    for (let node = 0; node < this.count; node++) {
      const level = this.levels[node]!
      if (level === 0) continue
      this.context.words[map + node] = record + 1
      record += level
    }
  }
}

/** Record r of pages that lie one after another, 16 KiB apart. */
function recordAddress(base: number, geometry: PageGeometry, record: number): number {
  const page = Math.floor(record / geometry.perPage)
  return base + page * 16_384 + (record - page * geometry.perPage) * geometry.stride
}

/** Rows the sample check compares everything with; sample-check.ts. */
export const checkQueryCount = 24
function sampleBytes(spec: VectorSpec): number {
  return checkQueryCount * (spec.dims * 4 + 64) + 65_536
}
