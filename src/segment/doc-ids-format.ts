/**
 * Ids by document, format 2: what a hit without its source needs, through the page cache like everything a search reads.
 * They are alone in the stream `docIds`, in one of two forms.
 *
 * slots: one look at memory for an id. Where no id is much longer than the others.
 *   Each document has a slot of `slotBytes`: u8 length of the id, the id in UTF-8, zeros (a child has no id: length 0). A page
 *   holds as many whole slots as fit, then zeros.
 *
 * groups: three looks for an id, where slots would waste room.
 *   32 documents are a group; groups follow one another, each at a multiple of 2:
 *     u16[32]: where the id of each document ends in the text of the group (a child has no id: it ends where it begins)
 *     text: the ids in UTF-8, one behind the other (32 ids of at most 512 bytes fit u16)
 *   Behind them, from a multiple of 8 on: f64[groups], where each group starts in the stream.
 */
import { streamPageBytes } from './page-stream-format.ts'

export type DocIdsInfo =
  | { readonly form: 'slots'; readonly slotBytes: number }
  | {
      readonly form: 'groups'
      /** Where the table of group starts lies. */
      readonly groups: number
    }

/** Fewer make the table of starts large, more do not fit u16. */
export const docsPerGroup = 32

/** Of the bytes of groups. More would cost the cache more than the looks are worth; a guess. */
const slotsShareMax = 1.25
/** What a group has beside the text, by document. */
const groupedDocBytes = 2 + 8 / docsPerGroup

/** What is known of the ids of a segment before they are written. */
export type IdLengths = {
  /** Bytes of the longest. */
  readonly longestBytes: number
  readonly totalBytes: number
}

/** Bytes of a slot; null where groups are the better form. */
export function slotBytesOf(lengths: IdLengths, docCount: number): number | null {
  const slotBytes = 1 + lengths.longestBytes
  const groupsBytes = lengths.totalBytes + groupedDocBytes * docCount
  const isSmall = slotBytes * docCount <= slotsShareMax * groupsBytes
  return isSmall && lengths.longestBytes < 256 ? slotBytes : null
}

export function slotsPerPage(slotBytes: number): number {
  return Math.floor(streamPageBytes / slotBytes)
}
