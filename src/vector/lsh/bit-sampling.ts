/** Bit sampling: vectors that differ in few bits agree in most samples of their bits. */
import { assert } from '../../util/index.ts'
import type { HashModel, TrueIndices } from './hash-model.ts'
import { isWideTable } from './hash-terms.ts'
import type { HashTerms } from './hash-terms.ts'
import { JavaRandom } from './java-random.ts'

/**
 * Draws the sampled positions: all of them distinct where there are enough dims, else distinct in each table.
 *
 * Source   Elastiknn's Hamming model: Mining of Massive Datasets, chapter 3; positions from java.util.Random(0).
 * Shapes   Of a vector: one term a table, its bits at the sampled positions, the lowest position in the lowest bit. Bits beyond
 *          the 32nd wrap around, as in Java.
 * Cost     Memory by the samples, not by dims; hash: one step for every true index and every sampled position, nothing allocated.
 */
export function bitSampling(
  dims: number,
  tables: number,
  functions: number
): HashModel<TrueIndices> {
  const samples = drawSamples(dims, tables, functions)
  const { positions } = samples
  const bits = new Int32Array(tables)
  const isWide = isWideTable(tables, functions)

  function hash(vector: TrueIndices, terms: HashTerms): void {
    bits.fill(0)
    // Both ascend; the place of the first sampled position that is not below the true index.
    let place = 0
    for (let at = 0; at < vector.length; at++) {
      const index = vector[at]!
      assert(index < dims, 'true index < dims')
      while (positions[place]! < index) place++
      if (positions[place] === index) addSamples(bits, samples, place)
    }
    terms.clear()
    for (let table = 0; table < tables; table++) terms.endBits(table, bits[table]!, isWide)
  }
  return {
    sizeInBytes: 8 * (positions.length + samples.tables.length),
    hash,
    hashQuery: (vector, _probes, terms) => hash(vector, terms)
  }
}

function addSamples(bits: Int32Array, { starts, tables, masks }: Samples, place: number): void {
  for (let sample = starts[place]!; sample < starts[place + 1]!; sample++)
    bits[tables[sample]!]! += masks[sample]!
}

/** Of the position at a place: from starts[place] on, the tables that sample it and the bit they keep it in. */
type Samples = {
  /** Ascending. */
  readonly positions: Uint32Array
  readonly starts: Uint32Array
  readonly tables: Uint32Array
  readonly masks: Int32Array
}

function drawSamples(dims: number, tables: number, functions: number): Samples {
  const tablesByPosition = new Map<number, number[]>()
  const add = (position: number, table: number): void => {
    const known = tablesByPosition.get(position)
    if (known === undefined) tablesByPosition.set(position, [table])
    else known.push(table)
  }
  const random = new JavaRandom(0)
  if (tables * functions <= dims) {
    const drawn = distinct(random, tables * functions, dims)
    for (const [at, position] of drawn.entries()) add(position, at % tables)
  } else {
    for (let table = 0; table < tables; table++) {
      for (const position of distinct(random, Math.min(functions, dims), dims)) add(position, table)
    }
  }
  return byPosition(tables, tablesByPosition)
}

function distinct(random: JavaRandom, count: number, dims: number): number[] {
  const drawn = new Set<number>()
  while (drawn.size < count) drawn.add(random.nextInt(dims))
  return [...drawn]
}

function byPosition(
  tableCount: number,
  tablesByPosition: ReadonlyMap<number, readonly number[]>
): Samples {
  const positions = Uint32Array.from(tablesByPosition.keys()).sort()
  const starts = new Uint32Array(positions.length + 1)
  const tables: number[] = []
  const masks: number[] = []
  const bitCounts = new Uint32Array(tableCount)
  for (const [place, position] of positions.entries()) {
    for (const table of tablesByPosition.get(position) ?? []) {
      tables.push(table)
      masks.push(1 << bitCounts[table]!++)
    }
    starts[place + 1] = tables.length
  }
  return { positions, starts, tables: Uint32Array.from(tables), masks: Int32Array.from(masks) }
}
