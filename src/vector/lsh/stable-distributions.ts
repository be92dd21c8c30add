/** Stable distributions: vectors at a small distance fall into the same bucket along most directions. */
import type { HashModel } from './hash-model.ts'
import type { HashTerms } from './hash-terms.ts'
import { JavaRandom } from './java-random.ts'
import { Multiprobe } from './multiprobe.ts'
import { Projections } from './projections.ts'

const int32Max = 2 ** 31 - 1
const int32Min = -(2 ** 31)

/**
 * Draws the directions and, after all of them, the offsets of the buckets.
 *
 * Source   Elastiknn's L2 model: Mining of Massive Datasets, chapter 3; java.util.Random(0).
 * Shapes   Of a vector: one term a table, the number of its bucket along every direction of the table. Of a query, behind
 *          them: one term for each further bucket (multiprobe.ts).
 * Units    width: of a bucket, a whole number.
 * Cost     hash: see Projections.of. hashQuery: the same, and a heap operation of some 100 ns a probe.
 * Errors   QUERY_LIMIT when a query would have more terms than multiprobe.ts allows.
 */
export function stableDistributions(
  dims: number,
  tables: number,
  functions: number,
  width: number
): HashModel<Float32Array> {
  const random = new JavaRandom(0)
  const directions = new Projections(tables * functions, dims, random)
  const offsets = new Float32Array(tables * functions).map(() => random.nextFloat() * width)
  const places = new Float64Array(tables * functions)
  const buckets = new Int32Array(tables * functions)
  const multiprobe = new Multiprobe(tables, functions, width)

  /** Buckets alone: most are sure from where a place nearly is. */
  function hash(vector: Float32Array, terms: HashTerms): void {
    const { cells, unsure } = directions.cells(vector, offsets, width)
    for (const at of unsure) {
      cells[at] = toInt32(Math.floor((directions.dotAt(at) + offsets[at]!) / width))
    }
    appendBuckets(cells, terms)
  }

  function hashExactly(vector: Float32Array, terms: HashTerms): void {
    const reaches = directions.of(vector)
    for (let at = 0; at < places.length; at++) {
      const place = reaches[at]! + offsets[at]!
      places[at] = place
      buckets[at] = toInt32(Math.floor(place / width))
    }
    appendBuckets(buckets, terms)
  }

  function appendBuckets(ofVector: Int32Array, terms: HashTerms): void {
    terms.clear()
    terms.addTables(ofVector, functions)
  }
  return {
    sizeInBytes: directions.sizeInBytes + offsets.byteLength,
    hash,
    hashQuery(vector, probes, terms) {
      if (probes <= 0) return hash(vector, terms)
      // What a move costs depends on the very place.
      hashExactly(vector, terms)
      multiprobe.append(places, buckets, probes, terms)
    }
  }
}

/** As Java casts a double: beyond the range its end, 0 for what is no number. */
function toInt32(value: number): number {
  return value > int32Max ? int32Max : value < int32Min ? int32Min : value | 0
}
