/** Recall against time: several systems measured in turn, round by round, so that the machine's load hits all alike. */
import type { FoundRows, OpenPeer, VectorSet } from './peer.ts'
import { neighbours, rowNumbers } from './peer.ts'
import { recallOf } from './sets.ts'

type Point = {
  readonly effort: number
  readonly recall: number
  /** Microseconds a query, one number a round: by the clock, and of this process's processors. */
  readonly wallUs: number[]
  readonly cpuUs: number[]
}

/** What one pass over all queries gave. */
export type Sample = {
  readonly wallUs: number
  readonly cpuUs: number
  readonly found: readonly (readonly number[])[]
}

/** A system that can be asked all queries of a set, in this process or in another. */
export type Asked = {
  /** Ascending. */
  readonly efforts: readonly number[]
  ask(effort: number): Promise<Sample>
}

export type Measured = {
  readonly name: string
  readonly asked: Asked
  /** Its queries are searched, its truth is what recall is taken against. */
  readonly set: VectorSet
  readonly points: Point[]
  /** Of all rows found in the first round. */
  checksum: number
}

export type Clock = 'wall' | 'cpu'

export const startCurve = (name: string, asked: Asked, set: VectorSet): Measured => ({
  name,
  asked,
  set,
  points: [],
  checksum: 0
})

/**
 * Fills in the points of all, effort by effort. Another one is the first each time, as who comes after another finds the
 * processor's caches full of what that one left. Before the rounds all are warmed up alike; not before a single round, which tells
 * nothing but that all work.
 */
export async function interleave(measured: readonly Measured[], rounds: number): Promise<void> {
  if (rounds > 1) for (const { asked } of measured) await warmUp(asked)
  const effortCountMax = Math.max(0, ...measured.map(({ asked }) => asked.efforts.length))
  for (let round = 0; round < rounds; round++)
    for (let at = 0; at < effortCountMax; at++)
      for (let turn = 0; turn < measured.length; turn++) {
        const one = measured[(round + at + turn) % measured.length]!
        const effort = one.asked.efforts[at]
        if (effort !== undefined) await measurePoint(one, effort, at)
      }
}

/**
 * How long each system answers its queries at each effort before it is measured. Code of JavaScript and WebAssembly runs through
 * slow forms first, and V8 makes the fast ones beside it; the first thousands of searches take twice the time. Native code has only
 * its caches to fill.
 */
const warmUpMs = 200

async function warmUp(asked: Asked): Promise<void> {
  for (const effort of asked.efforts) {
    const endMs = performance.now() + warmUpMs
    while (performance.now() < endMs) await asked.ask(effort)
  }
}

/** Queries of an exact system, which takes milliseconds for each. */
const exactQueryCount = 20
const firstCount = 50

/** Of an open system in this process: a few queries, then one measured pass over all, for each asking. */
export function askedHere(open: OpenPeer, queryCount: number): Asked {
  const count = open.efforts.length === 1 ? Math.min(queryCount, exactQueryCount) : queryCount
  return {
    efforts: open.efforts,
    async ask(effort) {
      await open.setEffort(effort)
      for (let query = 0; query < Math.min(count, firstCount); query++)
        await open.search(query, neighbours)
      const found: FoundRows[] = []
      const cpu = process.cpuUsage()
      const started = performance.now()
      for (let query = 0; query < count; query++) {
        const answer = open.search(query, neighbours)
        found.push(answer instanceof Promise ? await answer : answer)
      }
      const wallUs = ((performance.now() - started) * 1_000) / count
      const used = process.cpuUsage(cpu)
      return { wallUs, cpuUs: (used.user + used.system) / count, found: found.map(rowNumbers) }
    }
  }
}

async function measurePoint(one: Measured, effort: number, at: number): Promise<void> {
  const { asked, set } = one
  const { wallUs, cpuUs, found } = await asked.ask(effort)
  const known = one.points[at]
  if (known !== undefined) {
    known.wallUs.push(wallUs)
    known.cpuUs.push(cpuUs)
    return
  }
  const sum = found.reduce((total, hits, query) => total + recallOf(set, query, hits), 0)
  one.points[at] = { effort, recall: sum / found.length, wallUs: [wallUs], cpuUs: [cpuUs] }
  one.checksum = found.reduce(checksumOf, one.checksum)
}

export function checksumOf(checksum: number, rows: ArrayLike<number>): number {
  let sum = checksum
  for (let at = 0; at < rows.length; at++) sum = (Math.imul(sum, 31) + Number(rows[at])) >>> 0
  return sum
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const usOf = (point: Point, clock: Clock): number =>
  median(clock === 'cpu' ? point.cpuUs : point.wallUs)

export type CurvePoint = readonly [recall: number, us: number]

/** Recall and microseconds a query, in the order of efforts. */
export const curvePoints = (one: Measured, clock: Clock): CurvePoint[] =>
  one.points.map((point) => [point.recall, usOf(point, clock)])

/** Microseconds a query at a recall; null when never reached. */
export const usAt = (one: Measured, recall: number, clock: Clock): number | null =>
  between(curvePoints(one, clock), recall)

/** Microseconds at a recall, on the line between the two points around it; null when none reaches it. */
export function between(points: readonly CurvePoint[], recall: number): number | null {
  const sorted = points.toSorted(([a, aUs], [b, bUs]) => a - b || aUs - bUs)
  const above = sorted.findIndex(([reached]) => reached >= recall)
  const [upper, lower] = [sorted[above], sorted[above - 1]]
  if (upper === undefined) return null
  if (lower === undefined) return upper[1]
  const share = (recall - lower[0]) / (upper[0] - lower[0])
  return lower[1] + share * (upper[1] - lower[1])
}

export function curveLine(one: Measured): string {
  const points = one.points.map(
    (point) =>
      `${point.effort}:${point.recall.toFixed(4)}/${usOf(point, 'wall').toFixed(0)}/${usOf(point, 'cpu').toFixed(0)}`
  )
  return `${one.name.padEnd(24)} effort:recall/us/cpu us ${points.join(' ')} checksum ${one.checksum}`
}

/** Rates of all at a recall, and how many times faster `base` is than each. */
export function rateLine(
  measured: readonly Measured[],
  base: string,
  recall: number,
  clock: Clock
): string {
  const own = measured.find(({ name }) => name === base)
  const ownUs = own === undefined ? null : usAt(own, recall, clock)
  const cells = measured.map((one) => {
    const us = usAt(one, recall, clock)
    if (us === null) return `${one.name} not reached`
    const ratio =
      ownUs === null || one === own ? '' : ` (${base} is ${(us / ownUs).toFixed(2)}x as fast)`
    return `${one.name} ${Math.round(1e6 / us)}/s${ratio}`
  })
  return `at recall ${recall}, by ${clock === 'cpu' ? 'processor time' : 'the clock'}: ${cells.join(', ')}`
}
