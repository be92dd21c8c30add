/** The lists of level 0 of a graph in an arena, for whoever shares its memory: the thread that owns it, or a worker. */
import { pageBytesMax } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'

/** Plain data: a worker is sent it. Addresses in the arena. */
export type ListsPlace = {
  readonly count: number
  readonly m: number
  readonly geometry: PageGeometry
  readonly lists: number
  /** The header's words; kernels/blocks.ts. */
  readonly header: number
  /** A byte a node; `goneLevel` for deleted nodes. */
  readonly levels: number
}

/** Level of a deleted node of the graph that a build began with. Also a constant of walk-build.ts. */
export const goneLevel = 255

export class ArenaLists {
  readonly count: number
  readonly degreeMax: number
  readonly words: Uint32Array
  readonly #bytes: Uint8Array
  readonly #place: ListsPlace

  constructor(buffer: ArrayBufferLike, place: ListsPlace) {
    this.count = place.count
    this.degreeMax = 2 * place.m
    this.words = new Uint32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
    this.#place = place
  }

  get entry(): number {
    return this.words[this.#place.header >>> 2]!
  }

  /** Address of a node's list: a count, then that many nodes. */
  address(node: number): number {
    return recordAddress(this.#place.lists, this.#place.geometry, node)
  }

  isGone(node: number): boolean {
    return this.#bytes[this.#place.levels + node] === goneLevel
  }
}

/** Record r of pages that lie one after another. */
export function recordAddress(base: number, geometry: PageGeometry, record: number): number {
  const page = Math.floor(record / geometry.perPage)
  return base + page * pageBytesMax + (record - page * geometry.perPage) * geometry.stride
}
