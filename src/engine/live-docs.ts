/**
 * Which documents of a segment on disk are live: counts down as documents are deleted. What searchers get is a copy of
 * one moment that never changes; it is made again only when something was deleted since.
 *
 * Live records, kind `live`, key liveKey(index, segment generation, live generation, page): the words of the bit set,
 * u32 little-endian, a set bit is a live document; page p holds words p * 4096 to p * 4096 + 4095, the last one fewer.
 * A segment without a live generation in the manifest has no deleted document.
 */
import { assert, BitSet, VectorStoreError } from '../util/index.ts'
import { liveKey, pageBytesMax } from '../store/index.ts'
import type { RecordPut, Store } from '../store/index.ts'

/** The live documents of one moment; part of a SegmentView. A later delete makes a new one. */
export type LiveSnapshot = {
  readonly docCount: number
  /** null: all documents 0 .. docCount - 1 are live. */
  readonly liveDocs: BitSet | null
  readonly liveRootCount: number
}

const wordsPerPage = pageBytesMax / 4

export class LiveDocs {
  readonly #docCount: number
  readonly #rootCount: number
  #deletedRootCount: number
  /** null until the first delete. */
  #bits: BitSet | null
  #snapshot: LiveSnapshot | null = null

  /** @param bits  Live documents of a record, kept and changed; null: all are live. */
  constructor(docCount: number, rootCount: number, bits: BitSet | null, deletedRootCount: number) {
    this.#docCount = docCount
    this.#rootCount = rootCount
    this.#bits = bits
    this.#deletedRootCount = deletedRootCount
  }

  get deletedRootCount(): number {
    return this.#deletedRootCount
  }

  isLive(docId: number): boolean {
    assert(docId >= 0 && docId < this.#docCount, 'docId < docCount')
    return this.#bits === null || this.#bits.has(docId)
  }

  /**
   * Deletes a root document and its children, which stand directly before it.
   *
   * @param parents  Bits of the root documents; null when every document is one.
   */
  deleteRoot(rootDocId: number, parents: BitSet | null): void {
    assert(this.isLive(rootDocId), 'a document is deleted once')
    this.#bits ??= full(this.#docCount)
    this.#bits.remove(rootDocId)
    if (parents !== null)
      for (let docId = rootDocId - 1; docId >= 0 && !parents.has(docId); docId--)
        this.#bits.remove(docId)
    this.#deletedRootCount += 1
    this.#snapshot = null
  }

  snapshot(): LiveSnapshot {
    this.#snapshot ??= {
      docCount: this.#docCount,
      liveDocs: this.#bits === null ? null : this.#bits.copy(this.#docCount),
      liveRootCount: this.#rootCount - this.#deletedRootCount
    }
    return this.#snapshot
  }
}

/** Documents that were live in `before` and are not any more in `after`; both show the same documents. */
export function* deletedBetween(before: LiveSnapshot, after: LiveSnapshot): Generator<number> {
  assert(before.docCount === after.docCount, 'both snapshots show the same documents')
  if (after.liveDocs === null || before.liveDocs === after.liveDocs) return
  const wordCount = BitSet.wordCount(after.docCount)
  for (let word = 0; word < wordCount; word++) {
    const was = before.liveDocs === null ? 0xffffffff : (before.liveDocs.words[word] ?? 0)
    let gone = was & ~(after.liveDocs.words[word] ?? 0)
    while (gone !== 0) {
      const docId = word * 32 + (31 - Math.clz32(gone & -gone))
      if (docId >= after.docCount) return
      yield docId
      gone &= gone - 1
    }
  }
}

/** The records of a snapshot with deleted documents. */
export function encodeLiveDocs(
  index: number,
  generation: number,
  liveGeneration: number,
  live: LiveSnapshot
): RecordPut[] {
  const { liveDocs, docCount } = live
  assert(liveDocs !== null, 'live documents are written when some are deleted')
  const wordCount = BitSet.wordCount(docCount)
  const records: RecordPut[] = []
  for (let first = 0; first < wordCount; first += wordsPerPage) {
    const words = liveDocs.words.subarray(first, Math.min(first + wordsPerPage, wordCount))
    const payload = new Uint8Array(words.length * 4)
    const view = new DataView(payload.buffer)
    for (let at = 0; at < words.length; at++) view.setUint32(at * 4, words[at]!, true)
    const key = liveKey(index, generation, liveGeneration, first / wordsPerPage)
    records.push({ key, payload })
  }
  return records
}

/**
 * Reads the live documents of a segment.
 *
 * Errors   STORE_MISSING, STORE_CHECKSUM: a page that is not there or has not the length that docCount asks for.
 */
export function readLiveDocs(
  store: Store,
  index: number,
  generation: number,
  liveGeneration: number,
  docCount: number
): BitSet {
  const bits = new BitSet(docCount)
  const wordCount = BitSet.wordCount(docCount)
  for (let first = 0; first < wordCount; first += wordsPerPage) {
    const count = Math.min(wordsPerPage, wordCount - first)
    const payload = store.get(liveKey(index, generation, liveGeneration, first / wordsPerPage))
    if (payload.length !== count * 4)
      throw new VectorStoreError(
        'STORE_CHECKSUM',
        `a page of live documents has ${payload.length} bytes, wanted ${count * 4}`,
        { details: { index, generation, liveGeneration } }
      )
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
    for (let at = 0; at < count; at++) bits.words[first + at] = view.getUint32(at * 4, true)
  }
  return bits
}

function full(docCount: number): BitSet {
  const bits = new BitSet(docCount)
  bits.addRange(docCount)
  return bits
}
