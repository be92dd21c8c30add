/** Refusals of an open: what is wrong with which file, and what to do. */
import { VectorStoreError } from '../util/index.ts'

/**
 * @param what  What was found, e.g. "is missing".
 */
export function damagedError(file: string, what: string, cause?: unknown): VectorStoreError {
  return new VectorStoreError(
    'STORE_DAMAGED',
    `${file} ${what}; nothing was changed: copy the whole folder away, then run leveret verify on the copy or restore a backup`,
    { details: { file }, ...(cause === undefined ? {} : { cause }) }
  )
}
