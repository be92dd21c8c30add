/**
 * Sets of documents, format 1: which documents have a field, and a document's rank among them.
 *
 *   all    every document 0 .. docCount - 1: no bytes
 *   bits   per 480 documents 64 bytes: u32 members before them, then 15 words u32 of bits, lowest document first
 *   list   u32 docIds, ascending: for sets so small that the bits would be larger
 */
export type DocSetInfo = {
  readonly form: 'all' | 'bits' | 'list'
  readonly count: number
  /** Where it starts in its stream; 0 for 'all'. */
  readonly offset: number
}

/** 15 words and a rank fill 64 bytes: a question touches one cache line. */
export const docsPerBlock = 480
export const wordsPerBlock = 15
export const blockBytes = 64
