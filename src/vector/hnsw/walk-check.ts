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

export type WalkFacts = {
  /** What a beam is multiplied by, so that the default beam finds enough. */
  readonly beamFactor: number
  /** Nine in ten queries of the check have their tenth nearest, by code (codeDistance), nearer than this; -1: not known. */
  readonly farDistance: number
}

/** Nearest that are counted; hnsw-index.ts looks at the distance of as many. */
export const checkedNearest = 10
const queryCount = 48
/** The recall floor of the product is 0.95; codes take a little of it too. */
const recallMin = 0.96
/** In small steps at first: a million vectors that miss the floor by a hundredth would pay for it with half of their rate. */
const beamFactors = [1, 1.25, 1.5, 2, 3, 4, 6, 8]
const chunkNodes = 8_192

export async function checkWalk(memory: GraphMemory, slices: Slices): Promise<WalkFacts> {
  const { count, spec, layout } = memory
  // A default beam holds so few nodes all.
  if (count <= candidatesDefaultMin) return { beamFactor: 1, farDistance: -1 }
  const queries = Math.min(queryCount, count)
  const nodes = Array.from({ length: queries }, (_, i) =>
    liveFrom(memory, Math.floor(((i + 0.5) * count) / queries))
  )
  const limits: number[] = []
  for (const node of nodes) limits.push(await nearestLimit(memory, node, slices))
  const distances = limits.map((limit) => codeDistance(layout, limit)).sort((a, b) => a - b)
  const farDistance = spec.space === 'mip' ? -1 : distances[Math.floor(0.9 * queries)]!
  let beamFactor = 1
  for (const factor of beamFactors) {
    beamFactor = factor
    if ((await recallOf(memory, nodes, limits, factor, slices)) >= recallMin) break
  }
  return { beamFactor, farDistance }
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
  const last = checkedNearest - 1
  writeQuery(memory, node)
  for (let start = 0; start < count; start += chunkNodes) {
    const end = Math.min(count, start + chunkNodes)
    kernel.distancesInRange(start, end, out)
    if (node >= start && node < end) context.words[(out >>> 2) + node - start] = 0xffff_ffff
    for (let at = out >>> 2; at < (out >>> 2) + end - start; at++) {
      const distance = context.words[at]!
      if (distance >= nearest[last]! || memory.isGone(start + at - (out >>> 2))) continue
      let place = last
      for (; place > 0 && nearest[place - 1]! > distance; place--) {
        nearest[place] = nearest[place - 1]!
      }
      nearest[place] = distance
    }
    if (slices.due()) await slices.wait()
  }
  return nearest[last]!
}

/** Share of the nearest that walks find, each from a query that may not pass through its own node. */
async function recallOf(
  memory: GraphMemory,
  nodes: readonly number[],
  limits: readonly number[],
  factor: number,
  slices: Slices
): Promise<number> {
  const { context, kernel } = memory
  let found = 0
  for (const [at, node] of nodes.entries()) {
    writeQuery(memory, node)
    context.markVisited(node)
    const size = kernel.search(Math.ceil(candidatesDefaultMin * factor), unlimited, 0)
    const keys = context.scratch.pool >>> 2
    let near = 0
    for (let key = keys; key < keys + 2 * size; key += 2) {
      if (context.words[key]! >>> 1 !== node && context.words[key + 1]! <= limits[at]!) near += 1
    }
    found += Math.min(near, checkedNearest)
    if (slices.due()) await slices.wait()
  }
  return found / (nodes.length * checkedNearest)
}
