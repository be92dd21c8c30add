/** What the rest of the code knows of hash terms turned around: who has them, and what two vectors have in common. */
import type { BitSet } from '../util/index.ts'
import type { HashTerms } from './lsh/hash-terms.ts'
import type { HashSpec } from './types.ts'

/** Vectors that have terms in common with a query. Same length. */
export type HashHits = {
  /** Ascending. */
  readonly ords: Uint32Array
  /** Common terms of each, 1 or more: of a term that one has n times and the other m times min(n, m). */
  readonly counts: Uint32Array
}

/**
 * Counts by ordinal in the kernels' memory, of 1 << shift bytes, padded to a multiple of 16. Valid until something else is
 * counted.
 */
export type CommonCounts = { readonly address: number; readonly shift: 0 | 1 | 2 }

/** The hash terms of all vectors of an index, turned around: by term, who has it. */
export type HashPostings = {
  readonly spec: HashSpec
  /**
   * The `wanted` vectors with the most terms in common with a query, of those that tie for the last places the first;
   * never one without a common term. Infinity: all with a common term.
   *
   * Source   Elastiknn's MatchHashesAndScoreQuery; but only accepted ordinals take places.
   *
   * @param terms   Of the query: hashQuery().
   * @param accept  null accepts all.
   */
  candidates(terms: HashTerms, wanted: number, accept: BitSet | null): HashHits
  /**
   * The same without their counts, in the kernels' memory: valid until the next search of it. Who compares them at once has
   * them copied nowhere.
   */
  candidateOrds(terms: HashTerms, wanted: number, accept: BitSet | null): Uint32Array
  /** Terms that each vector has in common with a query, in the kernels' memory. */
  commonCounts(terms: HashTerms): CommonCounts
  /** All terms with those who have them, for merges. */
  entries(): PostingEntries
  /** Bytes of pages, or of memory while they grow. */
  sizeInBytes(): { readonly terms: number; readonly postings: number }
}

/** A walk over the terms of hash postings, ascending by key (lsh/postings-format.ts). */
export type PostingEntries = {
  /** Moves to the next term; false behind the last. */
  next(): boolean
  /** Halves of the term's key. */
  readonly high: number
  readonly low: number
  /** Who has the term, ascending. */
  visit(take: (ord: number, frequency: number) => void): void
}

/** Postings of an index whose vectors are among the rows, in the order of the rows. */
export type RowPostings = {
  /** HashPostings.entries of the index. */
  readonly entries: () => PostingEntries
  /** Row of an ordinal, -1 when it is none; ascending, and above the rows of the postings before. */
  readonly rowOfOrd: Int32Array
}
