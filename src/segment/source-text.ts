/** Prints vectors the way they came in, and puts them back into the text they were cut from. */
import type { StoredBody } from './stored-format.ts'
import type { SegmentReader, SourceCut, StoredDocument, StoredSource } from './types.ts'
import { assert, base64OfFloats, float32Text } from '../util/index.ts'
import type { BitSet } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'

const encoder = new TextEncoder()

/**
 * Text of a vector as JSON without blanks. The mapping cuts a vector out of a source only where this gives the
 * same bytes again.
 *
 * @param form  float64: every float32 widened to a double, as JSON.stringify prints it. float32: the shortest decimal that
 *              gives the float32 back. int: integers; bit vectors as signed bytes. base64: no array but a string, of float32.
 */
export function vectorText(vector: Vector, form: SourceCut['form']): string {
  if (form === 'float32') return `[${Array.from(vector, float32Text).join(',')}]`
  if (form === 'float64') return JSON.stringify(Array.from(vector))
  if (form === 'base64') {
    assert(vector instanceof Float32Array, 'base64 was cut out for float32 numbers')
    return `"${base64OfFloats(vector)}"`
  }
  const values =
    vector instanceof Uint8Array
      ? new Int8Array(vector.buffer, vector.byteOffset, vector.length)
      : vector
  return `[${values.join(',')}]`
}

/**
 * The bytes of a source as they came in.
 *
 * @param reader  Has the vectors that were cut out.
 */
function printSource(
  reader: Pick<SegmentReader, 'parents' | 'vectors'>,
  rootDocId: number,
  { text, cuts }: StoredSource
): Uint8Array {
  if (cuts.length === 0) return text
  const firstDoc = firstDocOf(reader.parents, rootDocId)
  const pieces: Uint8Array[] = []
  let from = 0
  for (const { offset, field, docOffset, form } of cuts) {
    assert(offset >= from && offset <= text.length, 'cuts ascend within the text')
    const vectors = reader.vectors(field)
    const ord = vectors?.ordOf(firstDoc + docOffset) ?? -1
    assert(vectors !== null && ord >= 0, 'a cut names a stored vector')
    pieces.push(text.subarray(from, offset))
    pieces.push(encoder.encode(vectorText(vectors.index.vectorAt(ord), form)))
    from = offset
  }
  pieces.push(text.subarray(from))
  return Buffer.concat(pieces)
}

/** A stored document; its source is printed when it is asked for. */
export function storedDocument(
  reader: Pick<SegmentReader, 'parents' | 'vectors'>,
  rootDocId: number,
  { id, routing, version, seqNo, source }: StoredBody
): StoredDocument {
  return { id, routing, version, seqNo, source: () => printSource(reader, rootDocId, source) }
}

/** First child of a root document; the root itself when it has none. */
function firstDocOf(parents: BitSet | null, rootDocId: number): number {
  if (parents === null) return rootDocId
  let docId = rootDocId
  while (docId > 0 && !parents.has(docId - 1)) docId -= 1
  return docId
}
