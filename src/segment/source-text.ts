/** Prints vectors the way they came in, and puts them back into the text they were cut from. */
import type { SourceCut, StoredSource } from './types.ts'
import { assert, float32Text } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'

const encoder = new TextEncoder()

/**
 * Text of a vector as a JSON array without blanks. The mapping cuts a vector out of a source only where this gives the
 * same bytes again.
 *
 * @param form  float64: every float32 widened to a double, as JSON.stringify prints it. float32: the shortest decimal that
 *              gives the float32 back. int: integers; bit vectors as signed bytes.
 */
export function vectorText(vector: Vector, form: SourceCut['form']): string {
  if (form === 'float32') return `[${Array.from(vector, float32Text).join(',')}]`
  if (form === 'float64') return JSON.stringify(Array.from(vector))
  const values =
    vector instanceof Uint8Array
      ? new Int8Array(vector.buffer, vector.byteOffset, vector.length)
      : vector
  return `[${values.join(',')}]`
}

/** @param vectorOf  The vector that a cut names. */
export function assembleSource(
  source: StoredSource,
  vectorOf: (cut: SourceCut) => Vector
): Uint8Array {
  const { text, cuts } = source
  if (cuts.length === 0) return text
  const pieces: Uint8Array[] = []
  let from = 0
  for (const cut of cuts) {
    assert(cut.offset >= from && cut.offset <= text.length, 'cuts ascend within the text')
    pieces.push(text.subarray(from, cut.offset))
    pieces.push(encoder.encode(vectorText(vectorOf(cut), cut.form)))
    from = cut.offset
  }
  pieces.push(text.subarray(from))
  return Buffer.concat(pieces)
}
