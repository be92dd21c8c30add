/**
 * Sorted dictionaries, format 1: the terms of a field, the values of a keyword column, the ids of a segment.
 *
 * Entries are numbered (ord) in the byte order of their terms. 32 of them are a leaf; leaves follow one another:
 *   per entry:  varint bytes shared with the term before (0 for the first) · varint further bytes · those bytes (UTF-8)
 *               then `numbersPerTerm` varints: what the dictionary's owner keeps with a term
 * Behind the leaves, from a multiple of 8 on:
 *   f64[leaves + 1]   where each leaf starts in the stream; the last is where they end
 *   samples           the first term of every `stride`-th leaf: varint byte length, bytes
 * A lookup searches the samples (read at the first lookup, at most 64 KiB in memory), then by halves the first terms of at most
 * `stride` leaves, then one leaf.
 */
export type DictionaryInfo = {
  readonly count: number
  /** Where the table of leaf starts lies in its stream. */
  readonly leaves: number
  readonly samples: number
  readonly samplesBytes: number
  readonly stride: number
}

/** Fewer make the table of leaves large, more make a lookup decode much it does not want. */
export const termsPerLeaf = 32
/** Room for about a thousand samples: with more the memory grows, with fewer a lookup reads more leaves. A guess. */
export const samplesBytesMax = 65536
export const numbersPerTermMax = 2
