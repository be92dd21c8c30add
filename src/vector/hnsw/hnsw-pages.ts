/** The pages of an open graph: tables, the block that tells the kernel where they are, lists read in TypeScript. */
import { codePageGeometry, smallPageGeometry, wordsPerPage } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'
import { KernelContext } from '../kernels/context.ts'
import {
  codedDimsBytes,
  headerBytes,
  indexBlockBytes,
  writeCodedDims,
  writeIndexBlock
} from '../kernels/blocks.ts'
import { RowTable, rowStride } from '../row-table.ts'
import type { PageKind, PageSource, PageTable, VectorBytes, VectorIndexMeta } from '../types.ts'
import type { CodeLayout } from './code-layout.ts'
import { listGeometry, upperGeometry } from './graph-layout.ts'
import type { GraphParameters } from './graph-parameters.ts'
import { packedGeometry, unpackList } from './packed-lists.ts'
import { allResident, missingPages } from './planner.ts'
import type { PlanTables } from './planner.ts'
import type { CodeRange } from './quantizer.ts'

export class HnswPages {
  readonly rows: RowTable
  /** Address of the index block. */
  readonly block: number
  readonly range: CodeRange
  readonly sizeInBytes: VectorBytes
  /** How the codes lie in their pages. */
  readonly codes: { readonly perPage: number; readonly stride: number }
  /** How the lists of level 0 lie in the pages that page() gives: unpacked. */
  readonly lists: { readonly perPage: number; readonly stride: number }
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #all: readonly PageTable[]
  readonly #codes: PageTable
  readonly #lists: PageTable
  readonly #upper: PageTable
  readonly #vectors: PageTable
  readonly #upperGeometry: PageGeometry
  readonly #listBits: number
  readonly #mapPages: number
  readonly #count: number

  constructor(
    meta: VectorIndexMeta,
    parameters: GraphParameters,
    layout: CodeLayout,
    source: PageSource
  ) {
    const { spec, pageCounts } = meta
    const { smallPageBytes, packing } = parameters
    const table = (kind: PageKind, geometry?: PageGeometry): PageTable =>
      source.table(kind, pageCounts[kind] ?? 0, geometry?.pageBytes)
    const codePages = codePageGeometry(layout.geometry.stride, smallPageBytes)
    const rows = layout.areRows
      ? codePages
      : smallPageGeometry(rowStride(spec, packing), smallPageBytes)
    const listPages = packedGeometry(parameters.listsPerPage, parameters.listPageBytes)
    this.lists = { perPage: listPages.perPage, stride: listGeometry(spec.m).stride }
    this.#listBits = parameters.listBits
    this.#upperGeometry = upperGeometry(spec.m)
    this.codes = codePages
    const codes = table('codes', codePages)
    this.#source = source
    this.#count = meta.count
    this.#context = KernelContext.of(source)
    this.#codes = codes
    const { rangeLow, rangeScale, codedDims } = parameters
    this.range = { low: rangeLow, scale: rangeScale, codedDims }
    this.#lists = table('lists', listPages)
    this.#upper = table('upper')
    const vectors = layout.areRows ? codes : table('vectors', rows)
    this.#vectors = vectors
    const norms = pageCounts.norms === undefined ? null : table('norms')
    this.#all = [...new Set([codes, this.#lists, this.#upper, vectors, norms])].filter(
      (each) => each !== null
    )
    this.rows = new RowTable(spec, source, vectors, norms, rows, { packing, sketches: null })
    this.#mapPages = parameters.mapPages
    this.sizeInBytes = {
      codes: meta.count * layout.geometry.stride,
      lists:
        (pageCounts.lists ?? 0) * listPages.pageBytes +
        4 * meta.count +
        parameters.records * this.#upperGeometry.stride,
      vectors: layout.areRows ? 0 : meta.count * this.rows.geometry.stride,
      hashes: 0
    }
    this.block = source.allocate(indexBlockBytes + headerBytes + codedDimsBytes(codedDims))
    const header = this.block + indexBlockBytes
    new Uint32Array(source.memory.buffer, header, 2).set([parameters.entry, parameters.topLevel])
    writeIndexBlock(source.memory.buffer, this.block, {
      nodeCount: meta.count,
      codes: { address: codes.address, id: codes.id, geometry: codePages },
      lists: { address: this.#lists.address, id: this.#lists.id, geometry: listPages },
      upper: { address: this.#upper.address, id: this.#upper.id, geometry: this.#upperGeometry },
      mapPages: parameters.mapPages,
      codeLength: layout.length,
      tailOffset: layout.tailOffset,
      m: spec.m,
      dims: spec.dims,
      rangeLow,
      rangeScale,
      header,
      levels: 0,
      locks: 0,
      listBits: parameters.listBits,
      codedDims: writeCodedDims(source.memory.buffer, header + headerBytes, codedDims)
    })
  }

  /** What a search reads; for its estimate. */
  get tables(): PlanTables {
    return { codes: this.#codes, lists: this.#lists, rows: this.#vectors }
  }

  /**
   * What counts when a plan is chosen: nothing is missing where there is room for all that is, as it is read once. Counting it
   * had an index that was just opened scanned for ever: scans read no lists.
   */
  get lasting(): PlanTables {
    const free = this.#source.freePageCount ?? 0
    return missingPages(this.#codes) + missingPages(this.#lists) <= free ? allResident : this.tables
  }

  /** A copy of a page as it is stored, but for lists, which are unpacked. */
  page(kind: 'codes' | 'lists' | 'upper', page: number): Uint8Array {
    const table = { codes: this.#codes, lists: this.#lists, upper: this.#upper }[kind]
    const stored = this.#context.stable(() => new Uint8Array(table.page(page)))
    return kind === 'lists' ? this.#unpacked(stored, page) : stored
  }

  #unpacked(stored: Uint8Array, page: number): Uint8Array {
    const { perPage, stride } = this.lists
    const held = Math.min(perPage, this.#count - page * perPage)
    const records = new Uint32Array((held * stride) / 4)
    for (let slot = 0; slot < held; slot++) {
      const record = records.subarray((slot * stride) / 4, ((slot + 1) * stride) / 4)
      unpackList(stored, slot, this.#listBits, record)
    }
    return new Uint8Array(records.buffer)
  }

  /** Neighbours of a node on a level, as they are stored: count first. A copy. */
  listOf(ord: number, level: number): Uint32Array {
    const context = this.#context
    if (level === 0) return context.stable(() => this.#lowerList(ord))
    const record = this.firstRecord(ord) + level - 1
    return context.stable(() => recordOf(this.#upper, this.#mapPages, this.#upperGeometry, record))
  }

  #lowerList(ord: number): Uint32Array {
    const { perPage, stride } = this.lists
    const record = new Uint32Array(stride / 4)
    const page = this.#lists.page(Math.floor(ord / perPage))
    unpackList(page, ord % perPage, this.#listBits, record)
    return record
  }

  /** First record of a node above level 0, or -1. */
  firstRecord(ord: number): number {
    const page = Math.floor(ord / wordsPerPage)
    const { words } = this.#context
    return this.#context.stable(
      () => words[(this.#upper.frame(page) >>> 2) + (ord % wordsPerPage)]! - 1
    )
  }

  close(): void {
    this.rows.close()
    for (const table of this.#all) table.close()
    this.#source.free(this.block)
  }
}

function recordOf(
  table: PageTable,
  firstPage: number,
  geometry: PageGeometry,
  record: number
): Uint32Array {
  const page = Math.floor(record / geometry.perPage)
  const payload = table.page(firstPage + page)
  const at = payload.byteOffset + (record - page * geometry.perPage) * geometry.stride
  return new Uint32Array(payload.buffer, at, geometry.stride / 4).slice()
}
