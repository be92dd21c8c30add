/** What a merge needs of a segment beyond what a search does. Both readers of this folder have it. */
import type { PostingsIterator, SegmentReader } from './types.ts'
import { assert } from '../util/index.ts'

export type IdEntry = { readonly id: string; readonly docId: number }
export type TermEntry = { readonly term: string; readonly postings: () => PostingsIterator }

export type MergeSource = SegmentReader & {
  /** Runs `work`; pages that it reads in are not read again soon and do not drive out what searches use. */
  readOnce<T>(work: () => T): T
  /** Names of fields that are there without column, terms or vector; byte order. */
  readonly presentNames: readonly string[]
  presentDocs(name: string): PostingsIterator | null
  columnDocs(field: number): PostingsIterator | null
  /** Documents with a vector, ascending. */
  vectorDocs(field: number): PostingsIterator | null
  /** Bytes of a stored document as stored-format.ts has them; valid until the next call. */
  storedBody(rootDocId: number): Uint8Array
  /** Does in slices what the first calls of the others would do at once. */
  prepare(pause: () => Promise<void> | null): Promise<void>
  /** Ids of root documents in byte order; an id that came more than once comes with each of its documents. */
  ids(): Iterable<IdEntry>
  /** Terms in byte order. An entry is valid until the next one is asked for. */
  termEntries(field: number): Iterable<TermEntry>
}

export function asMergeSource(reader: SegmentReader): MergeSource {
  assert(isMergeSource(reader), 'a segment comes from this folder')
  return reader
}

function isMergeSource(reader: SegmentReader): reader is MergeSource {
  return 'storedBody' in reader && 'termEntries' in reader
}
