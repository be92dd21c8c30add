/**
 * Gives nodes that no walk can reach a way in.
 *
 * Neighbour selection drops back links: a node far from everybody (long word vectors among short ones) can end with neighbours
 * of its own and be nobody's neighbour (measured on word2vec-gnews-300 by L2: 18 % of the nodes). After the build each such
 * node is added to the list of the nearest of its own neighbours, or of theirs, that is reachable and has room.
 */
import type { Slices } from '../slices.ts'
import type { ArenaLists } from './arena-lists.ts'

/** Nodes between two looks at the clock. */
const stepNodes = 256

/** Links what can be linked on level 0. */
export async function connectUnreachable(lists: ArenaLists, slices: Slices): Promise<void> {
  const { count } = lists
  if (count === 0) return
  const reach = new Reach(lists)
  await reach.spread(lists.entry, slices)
  for (;;) {
    const before = reach.size
    for (let node = 0; node < count; node++) {
      if (node % stepNodes === 0 && slices.due()) await slices.wait()
      if (reach.has(node) || lists.isGone(node)) continue
      if (link(lists, reach, node)) await reach.spread(node, slices)
    }
    // A node may hang on one that was linked later.
    if (reach.size === before) return
  }
}

/** Hangs a node on a reachable neighbour with room, or on a neighbour's neighbour when the neighbours are full. */
function link(lists: ArenaLists, reach: Reach, node: number): boolean {
  const { words } = lists
  const own = lists.address(node) >>> 2
  const end = own + words[own]!
  for (let i = own + 1; i <= end; i++) if (append(lists, reach, words[i]!, node)) return true
  for (let i = own + 1; i <= end; i++) {
    const between = lists.address(words[i]!) >>> 2
    const last = between + words[between]!
    for (let j = between + 1; j <= last; j++) {
      if (append(lists, reach, words[j]!, node)) return true
    }
  }
  return false
}

/** Adds `node` to the list of `host` when that is reachable and has room. */
function append(lists: ArenaLists, reach: Reach, host: number, node: number): boolean {
  if (!reach.has(host)) return false
  const { words } = lists
  const list = lists.address(host) >>> 2
  const degree = words[list]!
  if (degree === lists.degreeMax) return false
  words[list + degree + 1] = node
  words[list] = degree + 1
  return true
}

/** Nodes that can be reached over lists of level 0. */
class Reach {
  size = 0
  readonly #lists: ArenaLists
  readonly #seen: Uint8Array
  readonly #queue: Uint32Array

  constructor(lists: ArenaLists) {
    this.#lists = lists
    this.#seen = new Uint8Array(lists.count)
    this.#queue = new Uint32Array(lists.count)
  }

  has(node: number): boolean {
    return this.#seen[node] === 1
  }

  /** Adds a node and everything that can be reached from it. */
  async spread(from: number, slices: Slices): Promise<void> {
    const { words } = this.#lists
    let at = this.size
    this.#add(from)
    for (; at < this.size; at++) {
      const list = this.#lists.address(this.#queue[at]!) >>> 2
      const end = list + words[list]!
      for (let i = list + 1; i <= end; i++) this.#add(words[i]!)
      if (at % stepNodes === 0 && slices.due()) await slices.wait()
    }
  }

  #add(node: number): void {
    if (this.#seen[node] === 1) return
    this.#seen[node] = 1
    this.#queue[this.size] = node
    this.size += 1
  }
}
