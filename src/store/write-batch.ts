/**
 * Takes one LevelDB write batch apart, as it stands in the log:
 *   u64le sequence · u32le count · count times: u8 tag (1 put, 0 delete) · key · value (put only), both length-prefixed
 */
import { kind, kindOf, parseKey } from './keys.ts'
import { VarintReader } from './varint-reader.ts'
import type { LevelOperation } from './level.ts'

const headerBytes = 12
const tag = { remove: 0, put: 1 } as const

/** null when the bytes are no write batch. */
export function readWriteBatch(bytes: Uint8Array): LevelOperation[] | null {
  if (bytes.length < headerBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(8, true)
  const reader = new VarintReader(bytes, headerBytes)
  const operations: LevelOperation[] = []
  try {
    for (let i = 0; i < count; i++) {
      const each = reader.byte()
      if (each !== tag.put && each !== tag.remove) return null
      const key = reader.bytes()
      operations.push({ key, value: each === tag.put ? reader.bytes() : null })
    }
  } catch {
    return null
  }
  return reader.atEnd ? operations : null
}

/** Number of the batch record that was written with these operations, null when there is none. */
export function batchNumberOf(operations: readonly LevelOperation[]): number | null {
  const record = operations.findLast(
    ({ key, value }) => value !== null && kindOf(key) === kind.batch
  )
  return record === undefined ? null : (parseKey(record.key)?.number ?? null)
}
