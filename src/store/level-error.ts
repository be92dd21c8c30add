/** Errors of the database below, in our words. LevelDB tells most of them apart by text only. */
import { VectorStoreError } from '../util/index.ts'
import { codeOf } from './durable-file.ts'
import { describeKey } from './keys.ts'

export function poisonedError(message: string, cause: unknown): VectorStoreError {
  return new VectorStoreError('STORE_POISONED', message, cause === null ? {} : { cause })
}

/** No room, or a limit of the process or the user that acts like it. */
export function isNoSpace(cause: unknown): boolean {
  return /no space left|disk quota|file too large/i.test(messageOf(cause))
}

export function readError(cause: unknown, key: Uint8Array | null): VectorStoreError {
  if (cause instanceof VectorStoreError) return cause
  const details = key === null ? {} : describeKey(key)
  const code = /corruption|corrupted/i.test(messageOf(cause)) ? 'STORE_CHECKSUM' : 'STORE_IO'
  return new VectorStoreError(code, `cannot read from the database: ${messageOf(cause)}`, {
    cause,
    details
  })
}

/** Errors of the file system become ours; what is ours, or a failed assertion, stays what it is. */
export function fileError(error: unknown, what: string): unknown {
  if (error instanceof VectorStoreError || codeOf(error) === null) return error
  const code = isNoSpace(error) || codeOf(error) === 'ENOSPC' ? 'STORE_FULL' : 'STORE_IO'
  return new VectorStoreError(code, `${what}: ${messageOf(error)}`, { cause: error })
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
