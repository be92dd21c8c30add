/**
 * Order of nodes in which neighbours lie near each other, so that a page of lists holds a neighbourhood.
 *
 * Source   Wei et al., "Speedup Graph Processing by Graph Ordering" (Gorder, SIGMOD 2016): next comes the node with the most
 *          edges from the last `windowNodes` nodes placed. Nodes are kept in buckets by score (doubly linked lists), so the best is
 *          found in nearly constant time. Edges to those nodes, which Gorder counts too, are nearly the same in such a graph (measured
 *          with a window of 16: neighbours lie in 2 % more pages, for a third of the time).
 *
 * An edge counts 1 / sqrt(edges to the node): with all alike those that few lead to come last, from everywhere, a fifth of all pages
 * with hardly a neighbour inside (100,000 x 128, a tenth of the pages resident, 64 and 128 candidates: 20.0, 34.3 misses a walk instead of
 * 18.7, 31.3).
 * Cost     Two updates an edge: 0.1 s for 100,000 nodes with M = 16.
 */
import type { Slices } from '../slices.ts'
import type { ArenaLists } from './arena-lists.ts'

/** About as many as a page holds lists: with 16 the 19.4 neighbours of a node of 100,000 x 128 lie in 11.5 pages, with 64 in 10.6. */
const windowNodes = 64
const weightMax = 32

/** Neighbours of level 0, flat: those of node i are targets[starts[i] .. starts[i + 1] - 1]. */
export type Edges = { readonly starts: Uint32Array; readonly targets: Uint32Array }

/** The lists of level 0 of a finished graph. */
export async function edgesOf(lists: ArenaLists, slices: Slices): Promise<Edges> {
  const { count, words } = lists
  const starts = new Uint32Array(count + 1)
  await eachNode(count, slices, (node) => {
    starts[node + 1] = starts[node]! + words[lists.address(node) >>> 2]!
  })
  const targets = new Uint32Array(starts[count]!)
  await eachNode(count, slices, (node) => {
    const from = (lists.address(node) >>> 2) + 1 - starts[node]!
    const end = starts[node + 1]!
    for (let at = starts[node]!; at < end; at++) targets[at] = words[from + at]!
  })
  return { starts, targets }
}

/** The node that has each place: order[ord] = node. */
export async function localityOrder(edges: Edges, slices: Slices): Promise<Uint32Array> {
  const count = edges.starts.length - 1
  const order = new Uint32Array(count)
  const queue = new ScoreQueue(edgeWeights(edges))
  for (let place = 0; place < count; place++) {
    const node = queue.takeBest()
    order[place] = node
    raiseAll(queue, edges, node)
    if (place >= windowNodes) {
      const left = order[place - windowNodes]!
      lowerAll(queue, edges, left)
    }
    if ((place & 63) === 0 && slices.due()) await slices.wait()
  }
  return order
}

/** What an edge to a node counts, by node; 32 where it is the only one. */
function edgeWeights({ starts, targets }: Edges): Uint8Array {
  const counts = new Uint32Array(starts.length - 1)
  for (let at = 0; at < targets.length; at++) counts[targets[at]!]! += 1
  return Uint8Array.from(counts, (count) => Math.max(1, Math.round(weightMax / Math.sqrt(count))))
}

function raiseAll(queue: ScoreQueue, edges: Edges, node: number): void {
  const end = edges.starts[node + 1]!
  for (let at = edges.starts[node]!; at < end; at++) queue.raise(edges.targets[at]!)
}

function lowerAll(queue: ScoreQueue, edges: Edges, node: number): void {
  const end = edges.starts[node + 1]!
  for (let at = edges.starts[node]!; at < end; at++) queue.lower(edges.targets[at]!)
}

/** Nodes between two looks at the clock: tens of microseconds of work. */
const stepNodes = 512

async function eachNode(
  count: number,
  slices: Slices,
  visit: (node: number) => void
): Promise<void> {
  for (let start = 0; start < count; start += stepNodes) {
    const end = Math.min(count, start + stepNodes)
    for (let node = start; node < end; node++) visit(node)
    if (slices.due()) await slices.wait()
  }
}

const absent = 0xffffffff

/** Unplaced nodes by score; a score is at most an edge from each node of the window, and from the one that comes. */
class ScoreQueue {
  readonly #weights: Uint8Array
  readonly #scores: Uint16Array
  readonly #placed: Uint8Array
  readonly #before: Uint32Array
  readonly #after: Uint32Array
  readonly #heads = new Uint32Array((windowNodes + 1) * weightMax + 1).fill(absent)
  #best = 0

  constructor(weights: Uint8Array) {
    const count = weights.length
    this.#weights = weights
    this.#scores = new Uint16Array(count)
    this.#placed = new Uint8Array(count)
    this.#before = new Uint32Array(count)
    this.#after = new Uint32Array(count)
    for (let node = count - 1; node >= 0; node--) this.#link(node, 0)
  }

  takeBest(): number {
    while (this.#heads[this.#best] === absent) this.#best -= 1
    const node = this.#heads[this.#best]!
    this.#unlink(node)
    this.#placed[node] = 1
    return node
  }

  raise(node: number): void {
    this.#change(node, this.#weights[node]!)
  }

  lower(node: number): void {
    this.#change(node, -this.#weights[node]!)
  }

  #change(node: number, by: number): void {
    if (this.#placed[node] === 1) return
    this.#unlink(node)
    const score = this.#scores[node]! + by
    this.#scores[node] = score
    this.#link(node, score)
    if (score > this.#best) this.#best = score
  }

  #link(node: number, score: number): void {
    const head = this.#heads[score]!
    this.#before[node] = absent
    this.#after[node] = head
    if (head !== absent) this.#before[head] = node
    this.#heads[score] = node
  }

  #unlink(node: number): void {
    const before = this.#before[node]!
    const after = this.#after[node]!
    if (before === absent) this.#heads[this.#scores[node]!] = after
    else this.#after[before] = after
    if (after !== absent) this.#before[after] = before
  }
}
