/**
 * Cores that other processes leave to this one: work that only fills idle cores is not worth beginning where there are none.
 * Counted from the ticks of the system (10 ms on Linux), so looks that come closer together than a few of them learn nothing.
 */
import { cpus } from 'node:os'

/** Milliseconds so far. */
export type CoreTimes = {
  readonly coreCount: number
  /** Of all cores together, whoever used them. */
  readonly busyMs: number
  /** Busy and idle. */
  readonly allMs: number
  /** Of this process, all threads. */
  readonly ownMs: number
}

const betweenMsMin = 50

export class SpareCores {
  readonly #read: () => CoreTimes
  #last: CoreTimes | null = null
  #spare = Infinity

  constructor(read: () => CoreTimes = coreTimes) {
    this.#read = read
  }

  /** Since the look before; Infinity as long as nothing is known. Cost: about 0.1 ms. */
  look(): number {
    const now = this.#read()
    const last = (this.#last ??= now)
    const betweenMs = (now.allMs - last.allMs) / now.coreCount
    if (betweenMs < betweenMsMin) return this.#spare
    const othersMs = now.busyMs - last.busyMs - (now.ownMs - last.ownMs)
    this.#spare = now.coreCount - Math.max(0, othersMs) / betweenMs
    this.#last = now
    return this.#spare
  }
}

export function coreTimes(): CoreTimes {
  const cores = cpus()
  let busyMs = 0
  let idleMs = 0
  for (const { times } of cores) {
    busyMs += times.user + times.nice + times.sys + times.irq
    idleMs += times.idle
  }
  const { user, system } = process.cpuUsage()
  const ownMs = (user + system) / 1_000
  return { coreCount: cores.length, busyMs, allMs: busyMs + idleMs, ownMs }
}
