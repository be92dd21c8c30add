/** Writes a set of documents (doc-set-format.ts). */
import { blockBytes, docsPerBlock, wordsPerBlock } from './doc-set-format.ts'
import type { DocSetInfo } from './doc-set-format.ts'
import type { PageStreamWriter } from './page-stream-writer.ts'
import { BitSet, popcount } from '../util/index.ts'

export function writeDocSet(stream: PageStreamWriter, docs: BitSet): DocSetInfo {
  const docCount = docs.capacity
  const count = docs.count()
  if (count === docCount) return { form: 'all', count, offset: 0 }
  const blockCount = Math.ceil(docCount / docsPerBlock)
  const offset = stream.align(8)
  if (count * 4 < blockCount * blockBytes) {
    for (let doc = docs.next(0); doc >= 0; doc = docs.next(doc + 1)) stream.u32(doc)
    return { form: 'list', count, offset }
  }
  const wordCount = BitSet.wordCount(docCount)
  let rank = 0
  for (let block = 0; block < blockCount; block++) {
    stream.u32(rank)
    for (let at = 0; at < wordsPerBlock; at++) {
      const word = block * wordsPerBlock + at
      const bits = word < wordCount ? docs.words[word]! : 0
      stream.u32(bits)
      rank += popcount(bits)
    }
  }
  return { form: 'bits', count, offset }
}
