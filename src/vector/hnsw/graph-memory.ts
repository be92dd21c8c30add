/** A graph under construction: its arena, its tables and its index block. */
import { absentRow, pagesFor } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'
import { wordGeometry } from '../row-table.ts'
import {
  codedDimsBytes,
  headerBytes,
  indexBlockBytes,
  writeCodedDims,
  writeIndexBlock
} from '../kernels/blocks.ts'
import { KernelContext } from '../kernels/context.ts'
import { scratchBytes } from '../kernels/scratch.ts'
import type { WalkKernel } from '../kernels/walk-kernel.ts'
import type { PageTable, VectorSpec } from '../types.ts'
import { Arena, tableBytes } from './arena.ts'
import { ArenaLists, goneLevel, recordAddress } from './arena-lists.ts'
import type { ListsPlace } from './arena-lists.ts'
import type { StepFacts } from './build-crew.ts'
import type { BuildNodes } from './build-nodes.ts'
import type { CodeLayout } from './code-layout.ts'
import { listGeometry, upperGeometry } from './graph-layout.ts'
import type { CodeRange } from './quantizer.ts'

/** Striped write locks: two writers rarely meet, and the table stays in a processor's cache. walk-build.ts has the mask. */
const lockCount = 16_384

/** Tables of a graph that are pages on disk too, in the same geometry. */
type TableName = 'codes' | 'lists' | 'upper'

export class GraphMemory {
  readonly spec: VectorSpec
  readonly layout: CodeLayout
  readonly range: CodeRange
  readonly nodes: BuildNodes
  readonly count: number
  readonly arena: Arena
  readonly context: KernelContext
  readonly kernel: WalkKernel
  /** Pages of `upper` that hold the map from node to record. */
  readonly mapPages: number
  readonly block: number
  readonly header: number
  readonly listsPlace: ListsPlace
  readonly lists: ArenaLists
  readonly stepFacts: StepFacts
  readonly uppers: PageGeometry
  readonly #tables: Readonly<Record<TableName, PageTable>>

  /** @param threads  Threads that will build at once, each with a scratch of its own. */
  constructor(
    spec: VectorSpec,
    layout: CodeLayout,
    range: CodeRange,
    nodes: BuildNodes,
    threads: number
  ) {
    const { count } = nodes
    this.spec = spec
    this.layout = layout
    this.range = range
    this.nodes = nodes
    this.count = count
    const geometry = listGeometry(spec.m)
    this.uppers = upperGeometry(spec.m)
    this.mapPages = pagesFor(wordGeometry, count)
    const pageCounts = {
      codes: pagesFor(layout.geometry, count),
      lists: pagesFor(geometry, count),
      upper: this.mapPages + pagesFor(this.uppers, nodes.recordCount)
    }
    const perThread = scratchBytes + 2 * count + 1_024
    this.arena = new Arena(
      Object.values(pageCounts).reduce((sum, pages) => sum + tableBytes(pages), 0) +
        (threads + 1) * perThread +
        lockCount * 4 +
        count * 5 +
        sampleBytes(spec) +
        codedDimsBytes(range.codedDims) +
        65_536
    )
    this.#tables = {
      codes: this.arena.table('codes', pageCounts.codes),
      lists: this.arena.table('lists', pageCounts.lists),
      upper: this.arena.table('upper', pageCounts.upper)
    }
    this.context = KernelContext.of(this.arena)
    this.context.reserveVisited(count)
    this.kernel = this.context.walk(layout.kind)
    this.block = this.arena.allocate(indexBlockBytes)
    this.header = this.arena.allocate(headerBytes)
    const lists = count === 0 ? 0 : this.#tables.lists.frame(0)
    const levels = this.#writeLevels()
    this.listsPlace = { count, m: spec.m, geometry, lists, header: this.header, levels }
    this.lists = new ArenaLists(this.arena.memory.buffer, this.listsPlace)
    const { efConstruction } = spec
    this.stepFacts = { starts: this.arena.allocate(count * 4), efConstruction }
    this.setEntry(0, -1)
    this.#writeBlock()
    this.#writeMap()
    this.kernel.bind(this.block, this.context.scratch.block)
  }

  codeAddress(node: number): number {
    return recordAddress(this.#tables.codes.frame(0), this.layout.geometry, node)
  }

  upperAddress(record: number): number {
    return recordAddress(this.#tables.upper.frame(this.mapPages), this.uppers, record)
  }

  /** First record of a node above level 0; -1 when it has none. */
  firstRecord(node: number): number {
    return this.context.words[(this.#tables.upper.frame(0) >>> 2) + node]! - 1
  }

  /** Bytes of a page, to be written. */
  page(table: TableName, page: number): Uint8Array {
    return this.#tables[table].page(page)
  }

  isGone(node: number): boolean {
    return this.nodes.rows[node] === absentRow
  }

  get entry(): number {
    return this.lists.entry
  }

  get topLevel(): number {
    return this.context.words[(this.header >>> 2) + 1]! | 0
  }

  setEntry(node: number, topLevel: number): void {
    this.context.words.set([node, topLevel >>> 0], this.header >>> 2)
  }

  /** Address of the word that counts chunks taken by builders. */
  get takenAddress(): number {
    return this.header + 12
  }

  get takenChunks(): number {
    return Atomics.load(this.context.words, this.takenAddress >>> 2)
  }

  set takenChunks(count: number) {
    Atomics.store(this.context.words, this.takenAddress >>> 2, count)
  }

  /** Tells builders to stop after the node they are at. */
  stop(): void {
    Atomics.store(this.context.words, (this.header >>> 2) + 4, 1)
  }

  #writeLevels(): number {
    const { count, startCount, levels } = this.nodes
    const at = this.arena.allocate(count)
    this.context.bytes.set(levels, at)
    for (let node = 0; node < startCount; node++)
      if (this.isGone(node)) this.context.bytes[at + node] = goneLevel
    return at
  }

  #writeBlock(): void {
    const { context, arena, spec, layout } = this
    const { codes, lists, upper } = this.#tables
    const { codedDims } = this.range
    writeIndexBlock(context.buffer, this.block, {
      nodeCount: this.count,
      codes: { address: codes.address, id: 0, geometry: layout.geometry },
      lists: { address: lists.address, id: 0, geometry: this.listsPlace.geometry },
      upper: { address: upper.address, id: 0, geometry: this.uppers },
      mapPages: this.mapPages,
      codeLength: layout.length,
      tailOffset: layout.tailOffset,
      m: spec.m,
      dims: spec.dims,
      rangeLow: this.range.low,
      rangeScale: this.range.scale,
      header: this.header,
      levels: this.listsPlace.levels,
      locks: arena.allocate(lockCount * 4),
      listBits: 0,
      codedDims: writeCodedDims(
        context.buffer,
        arena.allocate(codedDimsBytes(codedDims)),
        codedDims
      )
    })
  }

  /** Of the new nodes; that of the start graph is copied. */
  #writeMap(): void {
    const { startCount, upperEnd, levels, startRecordCount } = this.nodes
    const map = this.mapPages === 0 ? 0 : this.#tables.upper.frame(0) >>> 2
    let record = startRecordCount
    for (let node = startCount; node < upperEnd; node++) {
      this.context.words[map + node] = record + 1
      record += levels[node]!
    }
  }
}

/** Rows the sample check compares everything with; sample-check.ts. */
export const checkQueryCount = 24
function sampleBytes(spec: VectorSpec): number {
  return checkQueryCount * (spec.dims * 4 + 64) + 65_536
}
