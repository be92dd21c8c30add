/**
 * What the store needs of a database below it: any abstract-level does (classic-level on disk, memory-level and the
 * simulated one in tests). Reading in steps lives here too, so that no iterator outlives one call (ARCHITECTURE.md R16).
 */
import type { AbstractChainedBatchWriteOptions, AbstractLevel } from 'abstract-level'
import type { KeyRange } from './types.ts'

export type Level = AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array> & {
  compactRange?(start: Uint8Array, end: Uint8Array): Promise<void>
  approximateSize?(start: Uint8Array, end: Uint8Array): Promise<number>
}

/** One change of a batch; a null value removes the key. */
export type LevelOperation = { readonly key: Uint8Array; readonly value: Uint8Array | null }

export const encodings: { readonly keyEncoding: 'view'; readonly valueEncoding: 'view' } = {
  keyEncoding: 'view',
  valueEncoding: 'view'
}

/** Applies changes in one atomic, synced batch. The only way anything is written. */
export async function writeSynced(
  level: Level,
  operations: readonly LevelOperation[]
): Promise<void> {
  // A chained batch takes half the time of a list of operations, each of which would be copied and looked at by name.
  const batch = level.batch()
  for (const { key, value } of operations) {
    if (value === null) batch.del(key)
    else batch.put(key, value)
  }
  const options: AbstractChainedBatchWriteOptions & { sync: boolean } = { sync: true }
  await batch.write(options)
}

/** First step of a scan, so that a look at the first key costs little; the next ones grow to `stepCountMax`. */
export const stepCountFirst = 8
/** Entries a step reads at most, and the bytes after which it stops. */
export const stepCountMax = 2_000
const stepBytes = 1 << 20

/**
 * Reads the next step of a range: opened, read and closed here.
 *
 * @returns Entries in order; an empty list means the range is at its end.
 */
export async function readStep(
  level: Level,
  range: KeyRange,
  after: Uint8Array | null,
  limit: number = stepCountMax
): Promise<[Uint8Array, Uint8Array][]> {
  const start = after === null ? { gte: range.gte } : { gt: after }
  const iterator = level.iterator({ ...start, lt: range.lt, limit })
  const entries: [Uint8Array, Uint8Array][] = []
  let bytes = 0
  try {
    while (bytes < stepBytes) {
      // As many as fit into the step by what was seen so far: small records come in few calls, pages in many.
      const perEntry = entries.length === 0 ? stepBytes / 64 : bytes / entries.length
      const count = Math.ceil((stepBytes - bytes) / Math.max(perEntry, 64))
      const chunk = await iterator.nextv(Math.min(count, limit))
      if (chunk.length === 0) break
      for (const entry of chunk) {
        entries.push(entry)
        bytes += entry[1].length
      }
    }
  } finally {
    await iterator.close()
  }
  return entries
}

/** Keys of the next step of a range; `limit` keeps removals within their batch size. */
export async function readKeys(
  level: Level,
  range: KeyRange,
  after: Uint8Array | null,
  limit: number
): Promise<Uint8Array[]> {
  const start = after === null ? { gte: range.gte } : { gt: after }
  const iterator = level.keys({ ...start, lt: range.lt, limit })
  try {
    return await iterator.all()
  } finally {
    await iterator.close()
  }
}

/** The last entry of a range. */
export async function readLast(
  level: Level,
  range: KeyRange
): Promise<[Uint8Array, Uint8Array] | null> {
  const iterator = level.iterator({ ...range, reverse: true, limit: 1 })
  try {
    return (await iterator.next()) ?? null
  } finally {
    await iterator.close()
  }
}
