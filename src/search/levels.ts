import type { SegmentReader } from '../segment/index.ts'
import { BitSet } from '../util/index.ts'

/** Bits of the nested paths of a segment; a write buffer's are made again when it has grown. */
type PathBits = { readonly docCount: number; readonly byPath: Map<string, BitSet> }

const bitsOfReader: WeakMap<SegmentReader, PathBits> = new WeakMap()

/** Documents of one nested path ('' for the roots); null: all documents of the segment. */
export function levelBits(reader: SegmentReader, path: string): BitSet | null {
  if (path === '') return reader.parents
  const { docCount } = reader
  let known = bitsOfReader.get(reader)
  if (known?.docCount !== docCount) {
    known = { docCount, byPath: new Map() }
    bitsOfReader.set(reader, known)
  }
  let bits = known.byPath.get(path)
  if (bits === undefined) {
    bits = new BitSet(docCount)
    if (reader.parents !== null)
      for (let doc = 0; doc < docCount; doc++) if (reader.pathOf(doc) === path) bits.add(doc)
    known.byPath.set(path, bits)
  }
  return bits
}

/** The document itself when it is of the level, else the one of the level that holds it (it comes behind); -1: none. */
export function holderOf(bits: BitSet | null, docId: number): number {
  return bits === null ? docId : bits.next(docId)
}

/** The highest member below `docId`, or -1. */
export function previousMember(bits: BitSet, docId: number): number {
  let word = docId >>> 5
  let members = (bits.words[word] ?? 0) & ((1 << (docId & 31)) - 1)
  while (members === 0) {
    if (word === 0) return -1
    word -= 1
    members = bits.words[word] ?? 0
  }
  return (word << 5) + (31 - Math.clz32(members))
}
