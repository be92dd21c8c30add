/**
 * Ids by document, format 1: what a hit without its source needs, through the page cache like everything a search reads.
 *
 * In the stream `docIds`, 32 documents are a group; groups follow one another, each at a multiple of 2:
 *   u16[32]: where the id of each document ends in the text of the group (a child has no id: it ends where it begins)
 *   text: the ids in UTF-8, one behind the other (32 ids of at most 512 bytes fit u16)
 * Behind them, from a multiple of 8 on: f64[groups], where each group starts in the stream.
 */
export type DocIdsInfo = {
  /** Where the table of group starts lies. */
  readonly groups: number
}

/** Fewer make the table of starts large, more do not fit u16. */
export const docsPerGroup = 32
