/** Random projection: vectors at a small angle lie on the same side of most planes. */
import type { HashModel } from './hash-model.ts'
import { isWideTable } from './hash-terms.ts'
import type { HashTerms } from './hash-terms.ts'
import { JavaRandom } from './java-random.ts'
import { Projections } from './projections.ts'

/**
 * Draws the planes, `functions` of them for each table.
 *
 * Source   Elastiknn's cosine model: Mining of Massive Datasets, chapter 3; normals from java.util.Random(0).
 * Shapes   Of a vector: one term a table, a bit for each plane that has the vector above it, the first plane in the lowest
 *          bit. Bits beyond the 32nd wrap around, as in Java.
 * Cost     hash: see Projections.of.
 */
export function randomProjection(
  dims: number,
  tables: number,
  functions: number
): HashModel<Float32Array> {
  const planes = new Projections(tables * functions, dims, new JavaRandom(0))
  const isWide = isWideTable(tables, functions)

  function hash(vector: Float32Array, terms: HashTerms): void {
    const { dots, margins } = planes.near(vector)
    terms.clear()
    for (let table = 0; table < tables; table++) {
      let bits = 0
      for (let at = 0; at < functions; at++) {
        const plane = table * functions + at
        const near = dots[plane]!
        const height = Math.abs(near) > margins[plane]! ? near : planes.dotAt(plane)
        if (height > 0) bits = (bits + (1 << at)) | 0
      }
      terms.endBits(table, bits, isWide)
    }
  }
  return {
    sizeInBytes: planes.sizeInBytes,
    hash,
    hashQuery: (vector, _probes, terms) => hash(vector, terms)
  }
}
