/** What a figure is worth nothing without: machine, date, commit. And what the kernel says of our memory. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export const mebibyte: number = 2 ** 20

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore']
    })
      .toString()
      .trim()
  } catch {
    return 'unknown' // not a work tree
  }
}

export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} x ${model}, ${gibibytes} GiB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}, load ${loadavg()[0]?.toFixed(1)}`
}

/** RssAnon + RssShmem of this process: what is ours and not the file cache's. Linux only; 0 elsewhere. */
export function ownBytes(): number {
  if (process.platform !== 'linux') return 0
  const status = readFileSync('/proc/self/status', 'utf8')
  const of = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1_024
  return of('RssAnon') + of('RssShmem')
}

export const toMebibytes = (bytes: number): string => `${Math.round(bytes / mebibyte)} MiB`
