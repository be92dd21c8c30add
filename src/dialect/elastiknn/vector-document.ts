/** Vectors of Elastiknn in documents: the forms of vector-json.ts, and where the numbers stand in the text. */
import type { VectorText, WholeValue } from '../../mapping/index.ts'
import { readJsonValue } from '../../util/index.ts'
import type { Vector } from '../../vector/index.ts'
import type { VectorKind } from './models.ts'
import { readVectorJson, vectorOfKind } from './vector-json.ts'

export type DocumentVector = {
  /** Values, or true indices. */
  readonly vector: Float32Array | Int32Array
  /** The array of the values in the text; null for a sparse vector, whose order and repetitions are not stored. */
  readonly text: VectorText | null
}

/**
 * Reads the vector at the scanner, to its last token.
 *
 * Source   spec section 2, document side.
 * Errors   REQUEST_FIELD, REQUEST_ARGUMENT with the texts of Elastiknn; VECTOR_VALUE.
 */
export function readDocumentVector(
  value: WholeValue,
  kind: VectorKind,
  dims: number
): DocumentVector {
  const { json, text } = readPlaced(value)
  const vector = vectorOfKind(readVectorJson(json), kind, dims)
  return { vector, text: kind === 'dense float' ? text : null }
}

type Placed = { readonly json: unknown; readonly text: VectorText | null }

/** The value as JSON; arrays of nothing but numbers, where vectors stand, are read in one step. */
function readPlaced(value: WholeValue): Placed {
  const { scanner } = value
  if (scanner.token !== 'objectStart') return readNumbers(value)
  const json: Record<string, unknown> = {}
  let text: VectorText | null = null
  while (scanner.next() !== 'objectEnd') {
    const name = scanner.text()
    scanner.next()
    const member = readNumbers(value)
    json[name] = member.json
    if (name === 'values') text = member.text
  }
  return { json, text }
}

function readNumbers({ scanner, vectors }: WholeValue): Placed {
  if (scanner.token === 'cut') {
    const vector: Vector = vectors[scanner.cut]!
    return { json: vector, text: { cut: scanner.cut } }
  }
  const numbers = scanner.token === 'arrayStart' ? scanner.peekNumbers() : null
  if (numbers === null) return { json: readJsonValue(scanner), text: null }
  const from = scanner.start
  scanner.takeNumbers()
  return { json: numbers, text: { from, to: scanner.end, form: 'numbers' } }
}
