/**
 * Does a walk find what is there? Asked of each graph when it is built, with the default beam.
 *
 * A few nodes serve as queries, each left out of the graph while it asks: a walk may not pass through it, as if it had never
 * been inserted. The nearest by code, found by comparing all, are what a walk should find. (Measured on real sets: the share
 * found agrees with that of queries from outside within a hundredth.)
 *
 * Queries that lie farther from all nodes than any node lies from the others are beyond what this can tell (walks found
 * 0.90 of their nearest where the check found 0.99): how far the nodes lie apart is kept to know them by.
 */
import type { Slices } from '../slices.ts'
import { codeDistance } from './code-layout.ts'
import { unlimited } from '../kernels/walk-kernel.ts'
import type { GraphMemory } from './graph-memory.ts'
import { candidatesDefaultMin } from './planner.ts'
import { searchSpread } from './spread.ts'

export type WalkFacts = {
  /** What a beam is multiplied by, so that the default beam finds enough. */
  readonly beamFactor: number
  /** Nine in ten queries of the check have their tenth nearest, by code (codeDistance), nearer than this; -1: not known. */
  readonly farDistance: number
  /** spread.ts; with it a walk with the default beam costs what it costs without. 0: not known. */
  readonly spread: number
}

/** Nearest that are counted; hnsw-index.ts looks at the distance of as many. */
export const checkedNearest = 10
const queryCount = 48
/**
 * Nodes that are asked where the first miss the floor. Queries differ: among a million vectors the share that a walk finds has a
 * standard deviation of .11 from query to query, so the mean of 48 one of .016, and graphs of one kind were given factors from
 * 1 to 2 by chance.
 */
const doubtQueryCount = 192
/** The recall floor of the product is 0.95; codes take a little of it too. */
const recallMin = 0.96
/** In small steps at first: a million vectors that miss the floor by a hundredth would pay for it with half of their rate. */
const beamFactors = [1, 1.1, 1.25, 1.5, 2, 3, 4, 6, 8]
/** To be halved down to: spreads are from .05 to .3. */
const spreadStep = 1 / 512
const chunkNodes = 8_192

export async function checkWalk(memory: GraphMemory, slices: Slices): Promise<WalkFacts> {
  // A default beam holds so few nodes all.
  if (memory.count <= candidatesDefaultMin) return { beamFactor: 1, farDistance: -1, spread: 0 }
  const first = await askedNodes(memory, queryCount, slices)
  const farDistance = farDistanceOf(memory, first)
  const spread = await spreadOf(memory, first, slices)
  const beamFactor = await beamFactorOf(memory, first, spread, slices)
  return { beamFactor, farDistance, spread }
}

/** What makes walks find enough: more nodes are asked where the `first` miss it. */
async function beamFactorOf(
  memory: GraphMemory,
  first: readonly AskedNode[],
  spread: number,
  slices: Slices
): Promise<number> {
  if ((await recallOf(memory, first, { factor: 1, spread }, slices)) >= recallMin) return 1
  const asked = await askedNodes(memory, doubtQueryCount, slices)
  let beamFactor = 1
  for (const factor of beamFactors) {
    beamFactor = factor
    if ((await recallOf(memory, asked, { factor, spread }, slices)) >= recallMin) break
  }
  return beamFactor
}

/**
 * The largest spread with which walks compare no more nodes than without. Measured at a beam of 100, for the same number of
 * distances: 10,000 x 128 .9985 to .999, 1,000,000 x 128 .955 to .962; 768 dims need a fifth less for .99.
 */
async function spreadOf(
  memory: GraphMemory,
  asked: readonly AskedNode[],
  slices: Slices
): Promise<number> {
  if (memory.layout.kind !== 'i7-l2') return 0
  const most = await costOf(memory, asked, 0, slices)
  let known = 0
  for (let step = 0.5; step >= spreadStep; step /= 2) {
    if ((await costOf(memory, asked, known + step, slices)) <= most) known += step
  }
  return known
}

/** Nodes that default walks compare. */
async function costOf(
  memory: GraphMemory,
  asked: readonly AskedNode[],
  spread: number,
  slices: Slices
): Promise<number> {
  let cost = 0
  for (const { node } of asked) {
    walk(memory, node, { factor: 1, spread })
    cost += memory.kernel.scored()
    if (slices.due()) await slices.wait()
  }
  return cost
}

type Walked = { readonly factor: number; readonly spread: number }

/** Walks from a node that the walk may not pass through. Returns how many it found. */
function walk(memory: GraphMemory, node: number, { factor, spread }: Walked): number {
  const { context, kernel } = memory
  writeQuery(memory, node)
  context.markVisited(node)
  const ef = Math.ceil(candidatesDefaultMin * factor)
  return searchSpread(kernel, spread, ef, checkedNearest, { limit: unlimited, floor: 0 })
}

/** A node that is a query, and the distance of its tenth nearest. */
type AskedNode = { readonly node: number; readonly limit: number }

/** Up to `wanted` nodes, evenly apart. */
async function askedNodes(
  memory: GraphMemory,
  wanted: number,
  slices: Slices
): Promise<AskedNode[]> {
  const { count } = memory
  const queries = Math.min(wanted, count)
  const asked: AskedNode[] = []
  for (let i = 0; i < queries; i++) {
    const node = liveFrom(memory, Math.floor(((i + 0.5) * count) / queries))
    asked.push({ node, limit: await nearestLimit(memory, node, slices) })
  }
  return asked
}

function farDistanceOf({ spec, layout }: GraphMemory, asked: readonly AskedNode[]): number {
  if (spec.space === 'mip') return -1
  const distances = asked.map(({ limit }) => codeDistance(layout, limit)).sort((a, b) => a - b)
  return distances[Math.floor(0.9 * distances.length)]!
}

/** The node, or the next one that is not deleted: half of the nodes at least are not. */
function liveFrom(memory: GraphMemory, node: number): number {
  let live = node
  while (memory.isGone(live)) live = (live + 1) % memory.count
  return live
}

/** The node's own code becomes the query's. */
function writeQuery(memory: GraphMemory, node: number): void {
  const { context, layout } = memory
  const from = memory.codeAddress(node)
  context.bytes.copyWithin(context.scratch.queryCode, from, from + layout.geometry.stride)
}

/** Distance, as the kernel orders it, of the tenth nearest to a node among the others. */
async function nearestLimit(memory: GraphMemory, node: number, slices: Slices): Promise<number> {
  const { context, kernel, count } = memory
  const out = context.scratch.heap
  const nearest = new Float64Array(checkedNearest).fill(Number.POSITIVE_INFINITY)
  writeQuery(memory, node)
  for (let start = 0; start < count; start += chunkNodes) {
    const end = Math.min(count, start + chunkNodes)
    kernel.distancesInRange(start, end, out)
    if (node >= start && node < end) context.words[(out >>> 2) + node - start] = 0xffff_ffff
    keepNearest(memory, start, end, out >>> 2, nearest)
    if (slices.due()) await slices.wait()
  }
  return nearest[checkedNearest - 1]!
}

/**
 * Keeps the smallest of the distances of nodes from .. end - 1, which stand from word `at` on. A function of its own: V8 leaves its
 * optimized code at the end of each inner loop of one that was optimized while it ran.
 */
function keepNearest(
  memory: GraphMemory,
  from: number,
  end: number,
  at: number,
  nearest: Float64Array
): void {
  const { words } = memory.context
  const last = nearest.length - 1
  for (let node = from; node < end; node++) {
    const distance = words[at + node - from]!
    if (distance >= nearest[last]! || memory.isGone(node)) continue
    let place = last
    for (; place > 0 && nearest[place - 1]! > distance; place--)
      nearest[place] = nearest[place - 1]!
    nearest[place] = distance
  }
}

/** Share of the nearest that walks find, each from a query that may not pass through its own node. */
async function recallOf(
  memory: GraphMemory,
  asked: readonly AskedNode[],
  walked: Walked,
  slices: Slices
): Promise<number> {
  const { context } = memory
  let found = 0
  for (const { node, limit } of asked) {
    const size = walk(memory, node, walked)
    const keys = context.scratch.pool >>> 2
    let near = 0
    for (let key = keys; key < keys + 2 * size; key += 2) {
      if (context.words[key]! >>> 1 !== node && context.words[key + 1]! <= limit) near += 1
    }
    found += Math.min(near, checkedNearest)
    if (slices.due()) await slices.wait()
  }
  return found / (asked.length * checkedNearest)
}
