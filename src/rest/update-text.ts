import { parseUpdateBody } from '../dialect/index.ts'
import { memberText, runInSlices } from '../util/index.ts'
import type { LoopSlice } from '../util/index.ts'
import { located } from './body.ts'

type UpdateBody = ReturnType<typeof parseUpdateBody>

/** An update whose parts of documents are text where it came as text: as numbers were written is how they are kept. */
export type UpdateText = Omit<UpdateBody, 'doc' | 'upsert'> & {
  readonly doc: Uint8Array | UpdateBody['doc']
  readonly upsert: Uint8Array | UpdateBody['upsert']
}

/**
 * @param bytes  null: it came as a value.
 * @param value  What was read of the bytes.
 *
 * Errors   as parseUpdateBody.
 */
export async function readUpdate(
  bytes: Uint8Array | null,
  value: unknown,
  slice: LoopSlice
): Promise<UpdateText> {
  const body = located(bytes, () => parseUpdateBody(value))
  if (bytes === null) return body
  const textOf = (name: 'doc' | 'upsert'): Promise<Uint8Array | null> | null =>
    body[name] === null ? null : runInSlices(memberText(bytes, name), slice)
  return { ...body, doc: await textOf('doc'), upsert: await textOf('upsert') }
}
