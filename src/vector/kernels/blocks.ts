/**
 * Blocks of words in kernel memory that tell a kernel where things are.
 *
 * | word    | index block (walk-memory.ts)                 | row block (walk-score.ts)     | scratch block (walk-memory.ts)       |
 * | ------- | -------------------------------------------- | ----------------------------- | ------------------------------------ |
 * | 0       | node count                                   | row table address             | node left out, plus one              |
 * | 1 .. 6  | codes: table, id, stride, perPage, magic, shift | id, stride, perPage, magic, shift, length | visited, none, pool, results, pool keys, ids |
 * | 7 .. 12 | lists: the same                              | 7, 8: norm table, id; 9: packing (row-packing.ts); 10 .. 13: sketches: table, id, axes: table, id | addresses, distances, bridges, chosen, chosen addresses, chosen distances |
 * | 13 .. 18 | upper: the same                             |                               | sorted, own, query code, sifted keys |
 * | 19 ..   | map pages, code length, tail offset, M, dims, range low f32, range scale f32, header, levels, locks, bits of a packed neighbour or 0, bytes of a page of lists, coded dims or 0 | | |
 */
import type { PageGeometry } from '../geometry.ts'

export const indexBlockBytes = 128
export const rowBlockBytes = 64
export const scratchBlockBytes = 128
/** Words behind an index block: entry, top level, lock, next node, stop. */
export const headerBytes = 64

export type TableRef = { readonly address: number; readonly id: number }

export type IndexBlock = {
  readonly nodeCount: number
  readonly codes: TableRef & { readonly geometry: PageGeometry }
  readonly lists: TableRef & { readonly geometry: PageGeometry }
  readonly upper: TableRef & { readonly geometry: PageGeometry }
  readonly mapPages: number
  readonly codeLength: number
  readonly tailOffset: number
  readonly m: number
  readonly dims: number
  readonly rangeLow: number
  readonly rangeScale: number
  readonly header: number
  readonly levels: number
  readonly locks: number
  /** Bits of a neighbour in packed lists (hnsw/packed-lists.ts); 0: lists are records of words. */
  readonly listBits: number
  /** What writeCodedDims gives. */
  readonly codedDims: number
}

export type RowBlock = {
  readonly rows: TableRef & { readonly geometry: PageGeometry }
  /** Elements: dims, for bit rows bytes. */
  readonly length: number
  readonly norms: TableRef
  readonly packing: number
  readonly sketches: TableRef
  readonly axes: TableRef
}

function tableWords(table: TableRef & { readonly geometry: PageGeometry }): number[] {
  const { stride, perPage, magic, shift } = table.geometry
  return [table.address, table.id, stride, perPage, magic, shift]
}

/** Writes an index block at `address` (64-aligned). */
export function writeIndexBlock(buffer: ArrayBufferLike, address: number, block: IndexBlock): void {
  const { codes, lists, upper } = block
  const words = new Uint32Array(buffer, address, indexBlockBytes / 4)
  words.set([block.nodeCount, ...tableWords(codes), ...tableWords(lists), ...tableWords(upper)])
  words.set([block.mapPages, block.codeLength, block.tailOffset, block.m, block.dims], 19)
  new Float32Array(buffer, address, indexBlockBytes / 4).set([block.rangeLow, block.rangeScale], 24)
  words.set([block.header, block.levels, block.locks, block.listBits], 26)
  words.set([lists.geometry.pageBytes, block.codedDims], 30)
}

/** Room for writeCodedDims. */
export function codedDimsBytes(coded: Uint16Array | null): number {
  return coded === null ? 0 : 4 + coded.byteLength
}

/** Writes the dimensions that have codes, as a word that says how many and two bytes each. Returns where; 0 when all have. */
export function writeCodedDims(
  buffer: ArrayBufferLike,
  address: number,
  coded: Uint16Array | null
): number {
  if (coded === null) return 0
  new Uint32Array(buffer, address, 1)[0] = coded.length
  new Uint16Array(buffer, address + 4, coded.length).set(coded)
  return address
}

/** Writes a row block at `address` (64-aligned). */
export function writeRowBlock(buffer: ArrayBufferLike, address: number, block: RowBlock): void {
  const words = new Uint32Array(buffer, address, rowBlockBytes / 4)
  const { norms, packing, sketches, axes } = block
  words.set([...tableWords(block.rows), block.length, norms.address, norms.id, packing])
  words.set([sketches.address, sketches.id, axes.address, axes.id], 10)
}
