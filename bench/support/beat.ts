/**
 * Watches the event loop of its own process from within: how long its turns kept it, by the clock and by processor time, and which
 * collections of garbage fell in them.
 */

import { PerformanceObserver } from 'node:perf_hooks'

type Turn = {
  /** By the clock: what other processes took of this thread's time is in it. */
  readonly ms: number
  /** By the processor time of this thread. */
  readonly cpuMs: number
  /** Of collections in it, by the clock. */
  readonly gcMs: number
  readonly collections: readonly Collection[]
}

type Collection = {
  /** scavenge, mark-compact, incremental (its begin and its end; V8 does not tell its steps), weak callbacks. */
  readonly kind: string
  readonly ms: number
}

export type Beat = {
  /** By the clock, of any turn. */
  readonly longestMs: number
  readonly longestCpuMs: number
  /** The turn of most processor time. */
  readonly longest: Turn
  /** Most processor time of a turn without the collections in it, which are told by the clock: on a busy machine it may be more. */
  readonly longestOwnMs: number
  /** The longest collection of garbage, by the clock. */
  readonly gcMs: number
}

/** Milliseconds between two beats when nobody keeps the loop. */
const beatMs = 1
/** Processor milliseconds below which a turn is not looked at closer. */
const shortMs = 1
/** As `detail.kind` of an entry names them. */
const collectionKinds: Readonly<Record<number, string>> = {
  1: 'scavenge',
  4: 'mark-compact',
  8: 'incremental',
  16: 'weak callbacks'
}

type Seen = { readonly start: number; readonly kind: string; readonly ms: number }

/** Watches while `work` runs. */
export async function watched<T>(work: () => Promise<T>): Promise<Beat & { readonly result: T }> {
  const stop = startBeat()
  let result: T
  try {
    result = await work()
  } catch (error) {
    await stop()
    throw error
  }
  return { result, ...(await stop()) }
}

/** Watches until what it returns is called. */
export function startBeat(): () => Promise<Beat> {
  /** Start, end and processor time of turns, one behind the other: an object each would be what is collected. */
  const turns: number[] = []
  const collections: Seen[] = []
  let longestMs = 0
  let longestCpuMs = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as unknown as { readonly detail: { readonly kind: number } }
      const kind = collectionKinds[detail.kind] ?? `kind ${detail.kind}`
      collections.push({ start: entry.startTime, kind, ms: entry.duration })
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  let last = performance.now()
  let lastCpu = threadCpuMs()
  const beat = setInterval(() => {
    const now = performance.now()
    const cpu = threadCpuMs()
    longestMs = Math.max(longestMs, now - last - beatMs)
    longestCpuMs = Math.max(longestCpuMs, cpu - lastCpu)
    if (cpu - lastCpu >= shortMs) turns.push(last, now, cpu - lastCpu)
    last = now
    lastCpu = cpu
  }, beatMs)
  return async () => {
    // The turn that ends the work, and what was collected in it, are told in the next ones.
    await new Promise((resolve) => setTimeout(resolve, 5 * beatMs))
    observer.disconnect()
    clearInterval(beat)
    const told = turnsOf(turns, collections)
    const longest = told.reduce((most, turn) => (turn.cpuMs > most.cpuMs ? turn : most), noTurn)
    const longestOwnMs = Math.max(0, ...told.map(({ cpuMs, gcMs }) => cpuMs - gcMs))
    const gcMs = Math.max(0, ...collections.map(({ ms }) => ms))
    return { longestMs, longestCpuMs, longest, longestOwnMs, gcMs }
  }
}

const noTurn: Turn = { ms: 0, cpuMs: 0, gcMs: 0, collections: [] }

function turnsOf(turns: readonly number[], collections: readonly Seen[]): Turn[] {
  return Array.from({ length: turns.length / 3 }, (_, at) => {
    const [start = 0, end = 0, cpuMs = 0] = turns.slice(3 * at, 3 * at + 3)
    const within = collections.filter((each) => each.start >= start && each.start < end)
    return {
      ms: end - start - beatMs,
      cpuMs,
      gcMs: within.reduce((sum, { ms }) => sum + ms, 0),
      collections: within.map(({ kind, ms }) => ({ kind, ms }))
    }
  })
}

/** What a line of a bench says of the turns. */
export function beatText({ longest, longestCpuMs, longestMs, longestOwnMs }: Beat): string {
  const collected = longest.collections.map(({ kind, ms }) => `${kind} ${ms.toFixed(1)}`)
  const within = collected.length === 0 ? 'none' : collected.join(', ')
  return `longest turn ${longestCpuMs.toFixed(1)} ms cpu (collections in it: ${within}), without collections ${longestOwnMs.toFixed(1)}, by the clock ${longestMs.toFixed(1)} ms`
}

/** Processor time of this thread. */
function threadCpuMs(): number {
  // Linux counts a running thread's time at its ticks, some milliseconds apart, unless the whole process is asked for.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e3
}
