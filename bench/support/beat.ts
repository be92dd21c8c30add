/** Watches the event loop of its own process from within: the longest a turn kept it, by the clock and by processor time. */

import { PerformanceObserver } from 'node:perf_hooks'

export type Beat = {
  /** By the clock: what other processes took of this thread's time is in it. */
  readonly longestMs: number
  /** By the processor time of this thread. */
  readonly longestCpuMs: number
  /** The longest collection of garbage, by the clock. */
  readonly gcMs: number
}

/** Milliseconds between two beats when nobody keeps the loop. */
const beatMs = 1

/** Watches while `work` runs. */
export async function watched<T>(work: () => Promise<T>): Promise<Beat & { readonly result: T }> {
  let longestMs = 0
  let longestCpuMs = 0
  let gcMs = 0
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs = Math.max(gcMs, duration)
  })
  collections.observe({ entryTypes: ['gc'] })
  let last = performance.now()
  let lastCpu = cpuMs()
  const beat = setInterval(() => {
    const now = performance.now()
    const cpu = cpuMs()
    longestMs = Math.max(longestMs, now - last - beatMs)
    longestCpuMs = Math.max(longestCpuMs, cpu - lastCpu)
    last = now
    lastCpu = cpu
  }, beatMs)
  try {
    const result = await work()
    // The turn that ends the work, and what was collected in it, are told in the next ones.
    await new Promise((resolve) => setTimeout(resolve, 5 * beatMs))
    return { result, longestMs, longestCpuMs, gcMs }
  } finally {
    collections.disconnect()
    clearInterval(beat)
  }
}

/** Processor time of this thread. */
function cpuMs(): number {
  // Linux counts a running thread's time at its ticks, some milliseconds apart, unless the whole process is asked for.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e3
}
