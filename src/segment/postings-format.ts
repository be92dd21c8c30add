/**
 * Postings, format 1: the documents of a term, with frequencies and positions where the field has them.
 *
 * The dictionary of a field (stream `terms`) keeps two numbers with a term: its document frequency, and
 *   - a term of one document in a field without positions: the docId;
 *   - else where its postings lie in the stream `postings`, minus where those of the leaf's last such term lie (the first
 *     of a leaf: as it is).
 *
 * Documents come in blocks of 128. A block:
 *   per document: varint d (field without positions), or d * 2 + (frequency is 1 ? 1 : 0) and then, unless it is 1, varint frequency;
 *                 d is the docId minus the one before it in the term (before the first: -1)
 *   then, per document: varints of its positions, each minus the one before (before the first: 0)
 * Postings of up to 128 documents:  varint bytes of the block's first part · varint bytes of the block · the block
 * Postings of more: the blocks, then, from a multiple of 8 on (this is where the dictionary points to):
 *   f64   where the first block starts
 *   per block 12 bytes: u32 last docId · u32 end of the block, counted from the first block · u32 bytes of its first part
 *
 * Hash terms (LSH) have pages of their own, made for look-ups by the hundred (vector/lsh/postings-format.ts).
 */
import type { DictionaryInfo } from './dictionary-format.ts'
import type { DocSetInfo } from './doc-set-format.ts'

export const docsPerPostingsBlock = 128
export const skipEntryBytes = 12
/** Numbers kept with a term in its dictionary. */
export const numbersPerTerm = 2

export type TermsInfo = {
  readonly field: number
  readonly withPositions: boolean
  /** Documents with at least one term, and tokens over all documents. */
  readonly docCount: number
  readonly sumTotalTermFreq: number
  readonly dictionary: DictionaryInfo
  /** Documents with the field, in stream `fieldNorms`; behind them, with positions, one byte (norm-code.ts) by rank. */
  readonly docs: DocSetInfo
  readonly norms: number
}
