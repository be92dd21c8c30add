/**
 * Hash postings, format 2: which vectors of an index have a hash term. Little-endian.
 *
 * A term is known by its key, 64 bits made of its bytes: a bijection of terms of up to 7 bytes (numbers, tables of bits), a hash of
 * longer ones (lists of numbers), of which two share a key with a chance of 2^-63. Keys spread evenly whatever the
 * terms are, so that a look-up guesses the place by interpolation. Terms ascend by key.
 *
 * | pages of hashTerms                   | what                                                                                |
 * | ------------------------------------ | ----------------------------------------------------------------------------------- |
 * | 0 .. termPageCount - 1               | u32 n (1364; on the last page 1 to 1364) · n x (u32 where the term's postings start, u32      |
 * |                                      | upper half of its key, u32 lower half) · u32 where the postings of the last end    |
 * | the rest                             | u64[2048] first key of every page before; in memory while the index is open         |
 *
 * | pages of hashPostings                | what                                                                                |
 * | ------------------------------------ | ----------------------------------------------------------------------------------- |
 * | all                                  | u16[8192], one stream of words                                                      |
 *
 * Postings of a term, ordinals ascending:
 *   up to 65,536 vectors in the index   u16 ordinal each
 *   more                                per 65,536 ordinals that have any: u16 ordinal / 65,536 · u16 count - 1 · u16 ordinal % 65,536 each
 *   where terms have frequencies        u16 frequency behind every ordinal
 *
 * What of a term lies together: a look-up is a wait for one place in memory (it takes three quarters of what three columns took).
 * Measured: two bytes a posting, nothing to decode, counted in 0.4 to 0.6 ns each (138,000 a query of 175 tables over 60,000 image-like
 * rows); the text postings of segment/ (deltas in varints, a dictionary by leaves) take 15 to 40 ns a posting and 3 µs a term.
 */
import type { HashSpec, PageKind } from '../types.ts'

export const pageBytes = 16_384
/** Of one term page. */
export const termsPerPage = 1364
/** Words of a term on its page. */
export const wordsPerTerm = 3
export const wordsPerPostingPage: number = pageBytes / 2
export const firstsPerPage: number = pageBytes / 8
/** Ordinals that a word can tell apart. */
export const chunkSize = 65_536
export const frequencyMax = 65_535

export type HashPostingsMeta = {
  readonly spec: HashSpec
  readonly termCount: number
  /** Words of the postings. */
  readonly wordCount: number
  readonly termPageCount: number
}

export type PostingPageCounts = Readonly<
  Record<Extract<PageKind, 'hashTerms' | 'hashPostings'>, number>
>

/** Whether a vector can have a term more than once. */
export function hasFrequencies(spec: HashSpec): boolean {
  return spec.model === 'permutation' && spec.repeating
}

/**
 * Words of a block in kernel memory that tells the kernel where an index is:
 * term table, its id, posting table, its id, firsts, term pages, flags (1 frequencies, 2 chunks), terms.
 */
export const postingBlockBytes = 64
export const postingFlags = { frequencies: 1, chunks: 2 } as const
