import type { FieldInfo, SegmentView } from '../segment/index.ts'

export type FieldStatistics = {
  /** Documents that have the field. */
  readonly docCount: number
  /** Tokens over all of them. */
  readonly sumTotalTermFreq: number
  /** Factors of lengths, filled in by those who score, as they are met; 0: not yet. */
  readonly inverseNorms: Float32Array
}

/** Lengths up to here have their factor in a table; longer documents compute it. */
const normCount = 256

/** Counts of terms over all segments of an index, for BM25. Deleted documents count until they are merged away. */
export class Statistics {
  readonly #segments: readonly SegmentView[]
  #byField: Map<number, FieldStatistics> | null = null

  constructor(segments: readonly SegmentView[]) {
    this.#segments = segments
  }

  field(field: FieldInfo): FieldStatistics {
    this.#byField ??= new Map()
    const known = this.#byField.get(field.number)
    if (known !== undefined) return known
    let docCount = 0
    let sumTotalTermFreq = 0
    for (const { reader } of this.#segments) {
      const terms = reader.terms(field.number)
      docCount += terms?.docCount ?? 0
      sumTotalTermFreq += terms?.sumTotalTermFreq ?? 0
    }
    const inverseNorms = new Float32Array(normCount)
    const statistics = { docCount, sumTotalTermFreq, inverseNorms }
    this.#byField.set(field.number, statistics)
    return statistics
  }

  docFreq(field: FieldInfo, term: string): number {
    let docFreq = 0
    for (const { reader } of this.#segments)
      docFreq += reader.terms(field.number)?.docFreq(term) ?? 0
    return docFreq
  }
}
