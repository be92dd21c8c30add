/**
 * BM25 with k1 = 1.2 and b = 0.75 as Elasticsearch computes it, in float32 step by step: every `fround` stands where
 * Java's float arithmetic rounds. Lucene dropped the factor k1 + 1; Elasticsearch kept it.
 *
 * Source   Lucene, BM25Similarity; Elasticsearch, LegacyBM25Similarity.
 */
import type { FieldInfo } from '../segment/index.ts'
import type { FieldStatistics } from './statistics.ts'

const f = Math.fround
const k1 = f(1.2)
const b = f(0.75)

/** Rareness of a term: N documents have the field, n of them the term. */
export function inverseDocFreq(docCount: number, docFreq: number): number {
  return f(Math.log(1 + (docCount - docFreq + 0.5) / (docFreq + 0.5)))
}

/** Scores of one term or phrase in one field. */
export class Bm25 {
  readonly #weight: number
  readonly #averageLength: number
  /** Score of every document, for fields without norms and frequencies: frequency and length are 1 there. */
  readonly #constant: number | null
  readonly #inverseNorms: Float32Array

  /** @param idf  Of the term, or the sum over a phrase's terms. */
  constructor(field: FieldInfo, statistics: FieldStatistics, idf: number, boost: number) {
    this.#weight = f(f(f(boost) * f(1 + k1)) * f(idf))
    const hasNorms = field.postings === 'positions' && statistics.docCount > 0
    this.#constant = hasNorms ? null : f(f(boost) * f(idf))
    this.#inverseNorms = statistics.inverseNorms
    this.#averageLength = hasNorms ? f(statistics.sumTotalTermFreq / statistics.docCount) : 1
  }

  score(freq: number, length: number): number {
    if (this.#constant !== null) return this.#constant
    const norm = this.#inverseNorm(length)
    return f(this.#weight - f(this.#weight / f(1 + f(f(freq) * norm))))
  }

  #inverseNorm(length: number): number {
    const known = this.#inverseNorms[length]
    if (known === undefined) return this.#computeNorm(length)
    if (known !== 0) return known
    return (this.#inverseNorms[length] = this.#computeNorm(length))
  }

  #computeNorm(length: number): number {
    const share = f(f(b * f(length)) / this.#averageLength)
    return f(1 / f(k1 * f(f(1 - b) + share)))
  }
}
