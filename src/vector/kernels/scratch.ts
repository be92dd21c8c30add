/** Working memory of one thread's walks, in kernel memory. Allocated once, used by every search of the thread. */
import { align, pageBytesMax } from '../geometry.ts'
import { scratchBlockBytes } from './blocks.ts'

/**
 * Candidates a walk can hold, and hits an exact search can return. Elasticsearch allows k up to 10,000; a sorted array
 * shifts half of itself for an insertion, so beyond this a scan is no slower.
 */
export const beamMax = 16_384
/** Neighbours of a node on level 0 at most: M up to 512. */
const degreeMax = 1_024
/** Nodes that are compared in one go: a full list, or what a scan of codes takes at once. */
const hopMax = 4 * degreeMax

type ScratchName =
  | 'ids'
  | 'addresses'
  | 'distances'
  | 'bridges'
  | 'chosen'
  | 'chosenAddresses'
  | 'chosenDistances'
  | 'sorted'
  | 'own'
  | 'queryCode'
  | 'siftedKeys'
  | 'query'
  | 'scorerQuery'
  | 'batch'
  | 'pool'
  | 'results'
  | 'heap'

const layout: Readonly<Record<ScratchName, number>> = {
  ids: hopMax * 4,
  addresses: hopMax * 4,
  distances: hopMax * 4,
  bridges: hopMax * 4,
  chosen: degreeMax * 4,
  chosenAddresses: (degreeMax + 3) * 4,
  chosenDistances: degreeMax * 4,
  sorted: (degreeMax + 8) * 8,
  own: degreeMax * 2 * 4,
  /** The query as the codes are, with its tail. */
  queryCode: pageBytesMax + 64,
  /** The query as the rows are (cosine: normalised), zeros behind it; 7-bit codes read 16 floats at a time. */
  query: pageBytesMax * 4 + 64,
  /** The query of the last bound scorer; a query scaled for its code. */
  scorerQuery: pageBytesMax + 64,
  /** A batch of rows; behind it a packed row as floats, a query of whole numbers in two bytes each, and the same by blocks. */
  batch: 64 * 20 + pageBytesMax + 2 * (pageBytesMax / 2 + 64) + 2048,
  siftedKeys: (hopMax + 8) * 8,
  pool: (beamMax + 16) * 8,
  results: (beamMax + 16) * 8,
  heap: (beamMax + 16) * 8
}

export type Scratch = Readonly<Record<ScratchName, number>> & { readonly block: number }

export const scratchBytes: number =
  scratchBlockBytes + Object.values(layout).reduce((sum, bytes) => sum + align(bytes, 64), 0)

/** Indices a thread has room for beside the scratch: blocks of a few hundred bytes each. */
const blocksBytes = 256 << 10

/** Kernel memory that searches of one thread take, beside what goes by the vectors of an index. */
export const threadScratchBytes: number = scratchBytes + blocksBytes

/** A bit a node, in whole words of 64 bits. */
export function bitBytes(nodes: number): number {
  return ((nodes + 63) >>> 6) * 8
}

/** What goes by the vectors: visited marks and accepted bits, with the room they take ahead (context.ts). */
export function threadMarksBytes(count: number): number {
  return 2 * align(Math.ceil(1.25 * bitBytes(count)), 64)
}

/** Lays the scratch out at `base` (64-aligned, zeroed) and writes its block, but for the visited marks. */
export function layScratch(buffer: ArrayBufferLike, base: number): Scratch {
  let next = base + scratchBlockBytes
  const at: Partial<Record<ScratchName, number>> = {}
  for (const [name, bytes] of Object.entries(layout)) {
    at[name as ScratchName] = next
    next += align(bytes, 64)
  }
  const scratch = { ...(at as Record<ScratchName, number>), block: base }
  const words = new Uint32Array(buffer, base, scratchBlockBytes / 4)
  words.set([scratch.pool, scratch.results, beamMax, scratch.ids], 3)
  words.set([scratch.addresses, scratch.distances, scratch.bridges], 7)
  words.set([scratch.chosen, scratch.chosenAddresses, scratch.chosenDistances], 10)
  words.set([scratch.sorted, scratch.own, scratch.queryCode, scratch.siftedKeys], 13)
  return scratch
}

/** Tells the scratch where its visited marks are: a bit a node. */
export function setVisited(words: Uint32Array, scratch: Scratch, visited: number): void {
  words[(scratch.block >>> 2) + 1] = visited
}
