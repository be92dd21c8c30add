/** The judge of a graph: what must hold for a walk to be right. Ships with the index (tool verify, tests). */
import { isMetric } from '../spaces.ts'
import type { VectorIndexMeta } from '../types.ts'
import { graphParameters } from './graph-parameters.ts'

/** Where lists come from; HnswPages, or a planted graph in tests. */
export type GraphLists = {
  /** A node's record of a level: count, then neighbours. */
  listOf(ord: number, level: number): Uint32Array
  /** First upper record of a node, or -1. */
  firstRecord(ord: number): number
}

/**
 * Share of nodes that must be reachable from the entry by lists of level 0. Builds link what they can (connect.ts); the worst
 * real set keeps 6 % out of reach, where all around are full.
 */
const reachableShareMin = 0.85
/** One broken page can have thousands of faults; the first say enough. */
const faultsMax = 20

/**
 * Faults of a graph: neighbours outside it, a node as its own neighbour, duplicates, too many neighbours, an entry that is not
 * there or not on the top level, neighbours that are not on the level of the list, unreachable nodes.
 *
 * Cost   Reads every page of lists.
 */
export function graphFaults(meta: VectorIndexMeta, lists: GraphLists): string[] {
  const parameters = graphParameters(meta)
  const { count } = meta
  if (count === 0) return parameters.topLevel === -1 ? [] : ['an empty graph has an entry']
  const faults: string[] = []
  const levels = levelsOf(count, parameters.records, lists, faults)
  if (parameters.entry >= count)
    return [...faults, `entry is ${parameters.entry} of ${count} nodes`]
  if (levels[parameters.entry] !== parameters.topLevel) {
    faults.push(
      `entry ${parameters.entry} is on level ${levels[parameters.entry]}, top level is ${parameters.topLevel}`
    )
  }
  for (let ord = 0; ord < count && faults.length < faultsMax; ord++) {
    for (let level = 0; level <= levels[ord]!; level++) {
      checkList(ord, level, lists.listOf(ord, level), { meta, levels, faults })
    }
  }
  if (faults.length > 0) return faults
  // By inner product a short vector is nobody's neighbour, and need not be reachable.
  if (!isMetric(meta.spec)) return faults
  const reached = reachableCount(parameters.entry, count, lists)
  if (reached < count * reachableShareMin) {
    faults.push(`${reached} of ${count} nodes are reachable from the entry`)
  }
  return faults
}

/** Level of each node, from the map of first records: records of a node end where those of the next begin. */
function levelsOf(count: number, records: number, lists: GraphLists, faults: string[]): Uint8Array {
  const levels = new Uint8Array(count)
  let last = -1
  let next = 0
  for (let ord = 0; ord < count; ord++) {
    const first = lists.firstRecord(ord)
    if (first === -1) continue
    if (last === -1 ? first !== 0 : first <= next || first >= records) {
      faults.push(`node ${ord} has its first upper record at ${first}, after ${next} of ${records}`)
      return levels
    }
    if (last !== -1) levels[last] = first - next
    last = ord
    next = first
  }
  if (last !== -1) levels[last] = records - next
  return levels
}

type Check = {
  readonly meta: VectorIndexMeta
  readonly levels: Uint8Array
  readonly faults: string[]
}

function checkList(ord: number, level: number, list: Uint32Array, check: Check): void {
  const { meta, levels, faults } = check
  const degreeMax = level === 0 ? 2 * meta.spec.m : meta.spec.m
  const degree = list[0]!
  const where = `node ${ord} on level ${level}`
  if (degree > degreeMax) {
    faults.push(`${where} has ${degree} neighbours, wanted at most ${degreeMax}`)
    return
  }
  const seen = new Set<number>()
  for (const neighbour of list.subarray(1, degree + 1)) {
    if (neighbour >= meta.count) faults.push(`${where} has neighbour ${neighbour} of ${meta.count}`)
    else if (neighbour === ord) faults.push(`${where} is its own neighbour`)
    else if (seen.has(neighbour)) faults.push(`${where} has neighbour ${neighbour} twice`)
    else if (levels[neighbour]! < level) {
      faults.push(`${where} has neighbour ${neighbour}, which is on level ${levels[neighbour]}`)
    }
    seen.add(neighbour)
  }
}

function reachableCount(entry: number, count: number, lists: GraphLists): number {
  const seen = new Uint8Array(count)
  const queue = new Uint32Array(count)
  seen[entry] = 1
  queue[0] = entry
  let size = 1
  for (let at = 0; at < size; at++) {
    const list = lists.listOf(queue[at]!, 0)
    for (const neighbour of list.subarray(1, list[0]! + 1)) {
      if (seen[neighbour] === 1) continue
      seen[neighbour] = 1
      queue[size] = neighbour
      size += 1
    }
  }
  return size
}
