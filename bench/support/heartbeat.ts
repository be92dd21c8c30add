/**
 * Preloaded into a server (`node --import`): watches its event loop and tells the longest delays when asked over IPC.
 * The histogram has the time between two beats; what is more than a beat is delay.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two beats. */
const beatMs = 1

export type Heartbeat = {
  readonly maxMs: number
  readonly p99Ms: number
  readonly p50Ms: number
  readonly beatCount: number
  /** Processor time of all threads since the last answer. */
  readonly cpuMs: number
}

const delays = monitorEventLoopDelay({ resolution: beatMs })
delays.enable()
let cpuBefore = process.cpuUsage()
process.on('message', (asked) => {
  if (asked !== 'heartbeat') return
  const { user, system } = process.cpuUsage(cpuBefore)
  cpuBefore = process.cpuUsage()
  const toMs = (ns: number): number => Math.max(0, ns / 1e6 - beatMs)
  const told: Heartbeat = {
    maxMs: toMs(delays.max),
    p99Ms: toMs(delays.percentile(99)),
    p50Ms: toMs(delays.percentile(50)),
    beatCount: delays.count,
    cpuMs: (user + system) / 1e3
  }
  delays.reset()
  process.send?.(told)
})
// A bench that died leaves no server behind.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// Asking must not keep the server from ending.
process.channel?.unref()
