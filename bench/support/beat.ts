/** Watches the event loop of its own process from within: the longest a turn kept it, by the clock and by processor time. */

export type Beat = {
  /** By the clock: what other processes took of this thread's time is in it. */
  readonly longestMs: number
  /** By the processor time of this thread. */
  readonly longestCpuMs: number
}

/** Milliseconds between two beats when nobody keeps the loop. */
const beatMs = 1

/** Watches while `work` runs. */
export async function watched<T>(work: () => Promise<T>): Promise<Beat & { readonly result: T }> {
  let longestMs = 0
  let longestCpuMs = 0
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
    return { result, longestMs, longestCpuMs }
  } finally {
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
