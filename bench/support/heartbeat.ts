/**
 * Preloaded into a server (`node --import`): watches its event loop and tells about it when asked over IPC.
 * `heartbeat`: the delays since it was asked before, by a histogram of the times between two beats; what is more than a beat is
 * delay. Between `watch` and `watched` turns are looked at one by one (beat.ts).
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startBeat } from './beat.ts'
import type { Beat } from './beat.ts'

/** Milliseconds between two beats. */
const beatMs = 1

/** Processor time of all threads since the last answer, or while turns were watched. */
type Used = { readonly cpuMs: number }

export type Heartbeat = Used & {
  readonly maxMs: number
  readonly p99Ms: number
  readonly p50Ms: number
  readonly beatCount: number
}

export type WatchedTurns = Used & Beat

const delays = monitorEventLoopDelay({ resolution: beatMs })
delays.enable()
let cpuBefore = process.cpuUsage()
let stopBeat: (() => Promise<Beat>) | null = null

function cpuMsSince(): number {
  const { user, system } = process.cpuUsage(cpuBefore)
  cpuBefore = process.cpuUsage()
  return (user + system) / 1e3
}

function heartbeat(): Heartbeat {
  const toMs = (ns: number): number => Math.max(0, ns / 1e6 - beatMs)
  const told = {
    maxMs: toMs(delays.max),
    p99Ms: toMs(delays.percentile(99)),
    p50Ms: toMs(delays.percentile(50)),
    beatCount: delays.count,
    cpuMs: cpuMsSince()
  }
  delays.reset()
  return told
}

function watch(): object {
  stopBeat = startBeat()
  cpuMsSince()
  return {}
}

async function watched(): Promise<WatchedTurns> {
  const cpuMs = cpuMsSince()
  const beat = await stopBeat?.()
  stopBeat = null
  if (beat === undefined) throw new Error('nobody watches')
  return { ...beat, cpuMs }
}

const answers: Readonly<Record<string, () => object | Promise<object>>> = {
  heartbeat,
  watch,
  watched
}
async function answer(asked: string): Promise<void> {
  process.send?.(await answers[asked]?.())
}
process.on('message', (asked) => void answer(String(asked)))
// A bench that died leaves no server behind.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// Asking must not keep the server from ending.
process.channel?.unref()
