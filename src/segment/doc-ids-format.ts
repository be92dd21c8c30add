/**
 * Ids by document, format 1: what a hit without its source needs, through the page cache like everything a search reads.
 *
 * In the stream `docIds`, 32 documents are a group; groups follow one another:
 *   per document:  varint byte length of its id (0 for a child), UTF-8
 * Behind them, from a multiple of 8 on: f64[groups + 1], where each group starts in the stream; the last is where they end.
 */
export type DocIdsInfo = {
  /** Where the table of group starts lies. */
  readonly groups: number
}

/** Fewer make the table large, more make a question read over many other ids. */
export const docsPerGroup = 32
