/** Hash terms in plain maps, and the candidates of a query by the rules of Elastiknn (spec 6.4): the judge of LSH postings. */
import type { HashModel, TrueIndices } from '../../src/vector/lsh/hash-model.ts'
import { assert } from '../../src/util/index.ts'
import type { HashSpec, Vector } from '../../src/vector/index.ts'
import { HashTerms } from '../../src/vector/lsh/hash-terms.ts'
import { hashVector } from '../../src/vector/lsh/model-cache.ts'

/** A posting is document * frequencySpan + frequency. */
const frequencySpan = 1024

export class PostingMap<V extends Float32Array | TrueIndices> {
  readonly #model: HashModel<V>
  readonly #terms = new HashTerms()
  readonly #postings = new Map<string, number[]>()
  #docCount = 0

  constructor(model: HashModel<V>, vectors: readonly V[]) {
    this.#model = model
    for (const vector of vectors) this.#add(vector)
  }

  #add(vector: V): void {
    const doc = this.#docCount++
    this.#model.hash(vector, this.#terms)
    const seen = new Set<string>()
    for (let at = 0; at < this.#terms.count; at++) {
      const term = textOf(this.#terms, at)
      if (seen.has(term)) continue
      seen.add(term)
      const posting = doc * frequencySpan + this.#terms.frequency(at)
      const known = this.#postings.get(term)
      if (known === undefined) this.#postings.set(term, [posting])
      else known.push(posting)
    }
  }

  /** Documents with the most common terms: those above the threshold, and of those at it the first, in document order. */
  candidates(query: V, probes: number, wanted: number): number[] {
    const counts = this.#counts(query, probes)
    const threshold = [...counts].sort((a, b) => b - a)[wanted - 1] ?? 0
    const least = Math.max(threshold, 1)
    const aboveCount = counts.filter((count) => count > least).length
    let tiesLeft = wanted - aboveCount
    const found: number[] = []
    counts.forEach((count, doc) => {
      if (count > least || (count === least && tiesLeft-- > 0)) found.push(doc)
    })
    return found
  }

  #counts(query: V, probes: number): Uint32Array {
    const counts = new Uint32Array(this.#docCount)
    this.#model.hashQuery(query, probes, this.#terms)
    for (const [term, frequency] of readTerms(this.#terms)) {
      for (const posting of this.#postings.get(term) ?? []) {
        counts[Math.floor(posting / frequencySpan)]! += Math.min(frequency, posting % frequencySpan)
      }
    }
    return counts
  }
}

/** Terms as strings of one character a byte, with their frequencies. */
export function readTerms(terms: HashTerms): [string, number][] {
  return Array.from({ length: terms.count }, (_none, at) => [
    textOf(terms, at),
    terms.frequency(at)
  ])
}

function textOf(terms: HashTerms, at: number): string {
  const { buffer, byteOffset, byteLength } = terms.term(at)
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** Terms of a stored vector, with their frequencies. */
export function termsOf(spec: HashSpec, vector: Vector): ReadonlyMap<string, number> {
  assert(vector instanceof Float32Array || vector instanceof Int32Array, 'such vectors are hashed')
  const terms = new HashTerms()
  hashVector(spec, vector, terms)
  return new Map(readTerms(terms))
}

/** Common terms of a query with a vector: one that the query has twice counts twice. */
export function commonCount(
  query: readonly (readonly [string, number])[],
  terms: ReadonlyMap<string, number>
): number {
  return query.reduce(
    (sum, [term, frequency]) => sum + Math.min(frequency, terms.get(term) ?? 0),
    0
  )
}
