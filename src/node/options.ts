import { availableParallelism } from 'node:os'
import { inspect } from 'node:util'
import { VectorStoreError } from '../util/index.ts'

/**
 * Options of one opening of a node. They may differ at each start; what is fixed when an index is created (dims,
 * similarity, M) is mapping, is stored, and is not here. Every number carries its unit in its name.
 */
export type NodeOptions = {
  /** Bytes of the page cache: codes, lists, vectors, columns, terms. @default 268_435_456 (256 MiB: codes of 1 M x 128 and their lists fit); at most 4095 MiB */
  readonly cacheBytes?: number
  /**
   * Bytes of a write buffer before it becomes a segment; two of them may take half of the cache.
   * @default a quarter of cacheBytes, at most 67_108_864 (64 MiB: a restart replays at most this; smaller makes more merges, larger a slower reopen)
   */
  readonly flushBytes?: number
  /** Documents of a write buffer before it becomes a segment. @default 200_000 (bytes decide; this is for documents of a few words) */
  readonly flushDocs?: number
  /** Milliseconds a document stays in a write buffer before a flush. @default 300_000 (a guess: long enough not to make crumbs, short enough to keep reopening quick) */
  readonly flushAgeMs?: number
  /**
   * Bytes of write buffers and of operations under way, of all indices together, above which writes are refused for a
   * moment. They live in the cache's memory. @default twice flushBytes: one buffer fills while another is flushed
   */
  readonly pendingBytesMax?: number
  /** Worker threads for building graphs, and as many for searches that take long; 0: everything on the caller's thread; at most 256. @default 0 (open), the cores but one (serve) */
  readonly threads?: number
  /** Seed of graph levels; the same seed and one thread give the same graph. @default 42 */
  readonly seed?: number
  /** Bytes kept free for opening and deleting when the disk is full. @default 67_108_864 */
  readonly reserveFileBytes?: number
  /** Searches whose scroll or point in time may be open at once. @default 500 */
  readonly contextsMax?: number
  /** Flush and merge by themselves. @default true; false is for tests and tools */
  readonly automaticJobs?: boolean
  /** Version that GET / reports. @default '8.19.0' (clusters of this or any later version may pull from it) */
  readonly compatibleVersion?: string
}

export type ResolvedNodeOptions = Readonly<Required<NodeOptions>>

const mebibyte = 2 ** 20
const defaults: ResolvedNodeOptions = Object.freeze({
  cacheBytes: 256 * mebibyte,
  flushBytes: 64 * mebibyte,
  flushDocs: 200_000,
  flushAgeMs: 300_000,
  pendingBytesMax: 128 * mebibyte,
  threads: 0,
  seed: 42,
  reserveFileBytes: 64 * mebibyte,
  contextsMax: 500,
  automaticJobs: true,
  compatibleVersion: '8.19.0'
})

/** Least value of each number. */
const least: Readonly<Record<string, number>> = {
  cacheBytes: 20 * mebibyte,
  flushBytes: mebibyte,
  flushDocs: 1,
  flushAgeMs: 1,
  pendingBytesMax: mebibyte,
  threads: 0,
  seed: 0,
  reserveFileBytes: 0,
  contextsMax: 1
}

/** Largest value, where there is one. */
const most: Readonly<Record<string, number>> = {
  // Addresses of the kernels have 32 bits.
  cacheBytes: 4_095 * mebibyte,
  // Every thread of a build has a scratch area: a mistyped number would have merges fail for want of memory.
  threads: 256
}

/** Threads a server takes when nothing is said: all cores but the one that answers. */
export const serverThreads: number = Math.max(1, availableParallelism() - 1)

/**
 * Fills in defaults and refuses what cannot work. All faults are named in one error, so nobody fixes them one by one.
 *
 * Errors   OPTION_INVALID with every fault in `details`.
 */
export function resolveNodeOptions(options: NodeOptions = {}): ResolvedNodeOptions {
  // Callers in JavaScript may pass anything.
  if (typeof options !== 'object' || options === null)
    throw new VectorStoreError(
      'OPTION_INVALID',
      `options are ${inspect(options)}, wanted an object`
    )
  const given = Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined))
  const resolved: ResolvedNodeOptions = { ...defaults, ...derived(given), ...given }
  const faults: Record<string, string> = {}
  for (const name of Object.keys(given))
    if (!Object.hasOwn(defaults, name))
      faults[name] = `is unknown, wanted one of ${Object.keys(defaults).join(', ')}`
  Object.assign(faults, rangeFaults(resolved))
  if (faults['cacheBytes'] === undefined) Object.assign(faults, shareFaults(resolved))
  if (typeof resolved.automaticJobs !== 'boolean') faults['automaticJobs'] = 'wanted true or false'
  if (!/^\d+\.\d+\.\d+$/.test(resolved.compatibleVersion))
    faults['compatibleVersion'] =
      `is ${resolved.compatibleVersion}, wanted three numbers like 8.19.0`
  if (Object.keys(faults).length > 0) {
    const list = Object.entries(faults).map(([name, fault]) => `${name} ${fault}`)
    throw new VectorStoreError('OPTION_INVALID', `node options: ${list.join('; ')}`, {
      details: faults
    })
  }
  return Object.freeze(resolved)
}

/** Errors OPTION_INVALID: callers in JavaScript may pass anything. */
export function checkFolder(folder: unknown): void {
  if (typeof folder === 'string' && folder !== '') return
  throw new VectorStoreError('OPTION_INVALID', `folder is ${inspect(folder)}, wanted a path`)
}

/** Numbers that are too small, too large or none. */
function rangeFaults(options: ResolvedNodeOptions): Record<string, string> {
  const faults: Record<string, string> = {}
  for (const [name, minimum] of Object.entries(least)) {
    const value: unknown = options[name as keyof NodeOptions]
    if (!Number.isSafeInteger(value) || (value as number) < minimum)
      faults[name] = `is ${inspect(value)}, wanted an integer of at least ${minimum}`
  }
  for (const [name, maximum] of Object.entries(most)) {
    const value = options[name as keyof NodeOptions] as number
    if (value > maximum) faults[name] ??= `is ${value}, wanted at most ${maximum}`
  }
  return faults
}

/** Buffers that do not fit the cache they take their memory from. */
function shareFaults(options: ResolvedNodeOptions): Record<string, string> {
  const { cacheBytes, flushBytes, pendingBytesMax } = options
  const faults: Record<string, string> = {}
  if (flushBytes > cacheBytes / 4)
    faults['flushBytes'] =
      `is ${flushBytes}, wanted at most a quarter of cacheBytes (${cacheBytes})`
  if (pendingBytesMax > (cacheBytes * 5) / 8)
    faults['pendingBytesMax'] =
      `is ${pendingBytesMax}, wanted at most five eighths of cacheBytes (${cacheBytes})`
  return faults
}

/** Defaults that follow from other options. */
function derived(given: NodeOptions): NodeOptions {
  // What is no number is told of itself, not of what follows from it.
  const number = (name: 'cacheBytes' | 'flushBytes'): number | null =>
    Number.isSafeInteger(given[name]) ? given[name]! : null
  const cacheBytes = number('cacheBytes') ?? defaults.cacheBytes
  const flushBytes =
    number('flushBytes') ??
    Math.max(mebibyte, Math.min(defaults.flushBytes, Math.floor(cacheBytes / 4)))
  return { flushBytes, pendingBytesMax: 2 * flushBytes }
}
