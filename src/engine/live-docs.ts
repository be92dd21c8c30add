/**
 * Which documents of a segment (or of the write buffer) are live: counts down as documents are deleted. What searchers
 * get is a copy of one moment that never changes; it is made again only when something was deleted since.
 */
import { assert, BitSet } from '../util/index.ts'

/** The live documents of one moment. Frozen: a later delete makes a new one. */
export type LiveSnapshot = {
  readonly docCount: number
  /** null: all documents 0 .. docCount - 1 are live. */
  readonly liveDocs: BitSet | null
  readonly liveRootCount: number
}

export class LiveDocs {
  #docCount: number
  #rootCount: number
  #deletedRootCount: number
  /** null until the first delete; capacity at least #docCount. */
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

  get liveRootCount(): number {
    return this.#rootCount - this.#deletedRootCount
  }

  isLive(docId: number): boolean {
    assert(docId >= 0 && docId < this.#docCount, 'docId < docCount')
    return this.#bits === null || this.#bits.has(docId)
  }

  /** The write buffer grew: documents up to `docCount` are there and live. */
  append(docCount: number, rootCount: number): void {
    assert(docCount >= this.#docCount, 'a buffer grows')
    if (this.#bits !== null) {
      if (docCount > this.#bits.capacity) this.#bits = this.#bits.copy(docCount * 2)
      for (let docId = this.#docCount; docId < docCount; docId++) this.#bits.add(docId)
    }
    this.#docCount = docCount
    this.#rootCount = rootCount
    this.#snapshot = null
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
      liveRootCount: this.liveRootCount
    }
    return this.#snapshot
  }
}

function full(docCount: number): BitSet {
  const bits = new BitSet(docCount)
  bits.addRange(docCount)
  return bits
}

/** Documents that were live in `before` and are not any more in `after`, both of one segment with the same documents. */
export function* deletedBetween(before: LiveSnapshot, after: LiveSnapshot): Generator<number> {
  if (after.liveDocs === null || before.liveDocs === after.liveDocs) return
  assert(before.docCount === after.docCount, 'both snapshots show the same documents')
  for (let word = 0; word < after.liveDocs.words.length; word++) {
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
