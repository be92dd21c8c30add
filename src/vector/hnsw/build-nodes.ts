/**
 * Who is which node of a build. The nodes of the graph that the build begins with come first, in its order, deleted ones
 * included; then the new rows that reach above level 0; then all others.
 *
 * Why so: the upper nodes, a random sixteenth (1 / M) of all, are linked first. They are the coarse net from which every
 * other node learns its neighbourhood, and neighbourhood by neighbourhood the others are linked (build.ts).
 */
import { absentRow } from '../geometry.ts'
import type { Slices } from '../slices.ts'
import { drawLevel, randomSource } from './levels.ts'
import type { BuildStart } from '../types.ts'

export type BuildNodes = {
  readonly count: number
  /** Rows of the new index: nodes that are not deleted. */
  readonly rowCount: number
  readonly hasGone: boolean
  /** Nodes of the graph that the build begins with: 0 .. startCount - 1. */
  readonly startCount: number
  /** Nodes startCount .. upperEnd - 1 are new and reach above level 0. */
  readonly upperEnd: number
  /** Levels of deleted nodes are those they had. */
  readonly levels: Uint8Array
  /** Row of each node; absentRow for deleted ones. */
  readonly rows: Uint32Array
  /** Upper lists of all nodes, and of those the build begins with. */
  readonly recordCount: number
  readonly startRecordCount: number
}

const stepRows = 4_096

/** @param start  What the build begins with, and the levels of its nodes. */
export async function planNodes(
  rowCount: number,
  facts: { readonly m: number; readonly seed: number },
  start: (BuildStart & { readonly levels: Uint8Array }) | null,
  slices: Slices
): Promise<BuildNodes> {
  const known = new Uint8Array(rowCount)
  const before = start?.rowOfOrd ?? new Uint32Array(0)
  const startCount = before.length
  let liveCount = 0
  await each(startCount, slices, (ord) => {
    if (before[ord] === absentRow) return
    known[before[ord]!] = 1
    liveCount += 1
  })
  const count = startCount + rowCount - liveCount
  const levels = new Uint8Array(count)
  const rows = new Uint32Array(count)
  levels.set(start?.levels ?? [])
  rows.set(before)
  const drawn = new Uint8Array(rowCount)
  const random = randomSource(facts.seed)
  let upperEnd = startCount
  await each(rowCount, slices, (row) => {
    if (known[row] === 1) return

    const level = drawLevel(random, facts.m)
    drawn[row] = level
    if (level > 0) upperEnd += 1
  })
  let upper = startCount
  let lower = upperEnd
  await each(rowCount, slices, (row) => {
    if (known[row] === 1) return
    const node = drawn[row]! > 0 ? upper++ : lower++
    levels[node] = drawn[row]!
    rows[node] = row
  })
  const startRecordCount = sum(levels, 0, startCount)
  const recordCount = startRecordCount + sum(levels, startCount, upperEnd)
  const hasGone = liveCount < startCount
  return {
    count,
    rowCount,
    hasGone,
    startCount,
    upperEnd,
    levels,
    rows,
    recordCount,
    startRecordCount
  }
}

async function each(count: number, slices: Slices, visit: (at: number) => void): Promise<void> {
  for (let first = 0; first < count; first += stepRows) {
    const end = Math.min(count, first + stepRows)
    for (let at = first; at < end; at++) visit(at)
    if (slices.due()) await slices.wait()
  }
}

function sum(levels: Uint8Array, from: number, to: number): number {
  let total = 0
  for (let at = from; at < to; at++) total += levels[at]!
  return total
}
