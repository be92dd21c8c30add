/** Terms: dictionary, postings, positions and the statistics of BM25. */
import { noMoreDocs } from '../../../src/segment/index.ts'
import type { FieldInfo, PostingsIterator } from '../../../src/segment/index.ts'
import { fields } from '../../support/segment-documents.ts'
import type { FlatDoc } from '../../support/segment-documents.ts'
import { byBytes, sortedTerms, valuesOf, walkAtRandom } from './case.ts'
import type { SegmentCases } from './case.ts'

export const termCases: SegmentCases = {
  'terms come in byte order with their document frequency, from anywhere': ({
    t,
    reader,
    docs
  }) => {
    for (const field of [fields.tag, fields.body]) {
      const wanted = postingsOf(docs, field)
      const terms = reader.terms(field.number)
      if (wanted.size === 0) continue
      const sorted = sortedTerms([...wanted.keys()])
      for (const from of ['', 'b', '\ue000', '😀', '\uffff', ...sorted]) {
        const got: [string, number][] = []
        terms!.visitTerms(from, (term, docFreq, postings) => {
          t.deepEqual(docIdsOf(postings()), docIdsOf(terms!.postings(term)!))
          return got.push([term, docFreq]) > 0
        })
        const expected = sorted.filter((term) => byBytes(term, from) >= 0)
        t.deepEqual(
          got,
          expected.map((term) => [term, wanted.get(term)!.length])
        )
      }
      let visits = 0
      terms!.visitTerms('', () => ++visits < 2)
      t.is(visits, Math.min(2, sorted.length))
      t.is(terms!.postings('never there'), null)
      t.is(terms!.docFreq('never there'), 0)
    }
  },

  'postings, frequencies and positions are those that came in': ({ t, reader, docs }) => {
    for (const field of [fields.tag, fields.body]) {
      for (const [term, wanted] of postingsOf(docs, field)) {
        const terms = reader.terms(field.number)!
        const postings = terms.postings(term)!
        t.is(postings.docId(), -1)
        t.is(postings.cost, wanted.length)
        t.is(terms.docFreq(term), wanted.length)
        for (const { docId, positions } of wanted) {
          t.is(postings.next(), docId)
          t.is(postings.docId(), docId)
          t.is(postings.freq(), Math.max(1, positions.length))
          t.deepEqual(postings.positions(), positions)
        }
        t.is(postings.next(), noMoreDocs)
        t.is(postings.docId(), noMoreDocs)
      }
    }
  },

  'advance: stands at the first document that is not below the target': ({
    t,
    reader,
    docs,
    random
  }) => {
    for (const [term, wanted] of postingsOf(docs, fields.body)) {
      const terms = reader.terms(fields.body.number)!
      walkAtRandom(
        t,
        terms.postings(term)!,
        wanted.map(({ docId }) => docId),
        docs.length,
        random
      )
      const postings = terms.postings(term)!
      for (const { docId, positions } of wanted) {
        if (random() < 0.6) continue
        t.is(postings.advance(docId), docId)
        if (random() < 0.5) t.deepEqual(postings.positions(), positions)
      }
    }
  },

  'statistics and lengths of text are those of BM25': ({ t, reader, docs }) => {
    const wanted = docs.map(({ doc }) => doc.terms.find((each) => each.field === fields.body))
    const with1 = wanted.filter((each) => each !== undefined && each.terms.length > 0)
    const terms = reader.terms(fields.body.number)
    if (wanted.every((each) => each === undefined)) return
    t.is(terms!.docCount, with1.length)
    const tokens = with1.flatMap((each) =>
      [...each!.terms].map(({ positions }) => positions.length)
    )
    t.is(
      terms!.sumTotalTermFreq,
      tokens.reduce((a, b) => a + b, 0)
    )
    for (const [docId, each] of wanted.entries())
      if (each !== undefined) t.is(terms!.lengthOf(docId), oneByteLength(each.length))
    const tags = reader.terms(fields.tag.number)
    for (const [docId, { doc }] of docs.entries())
      if (valuesOf(doc, fields.tag).length > 0) t.is(tags!.lengthOf(docId), 1)
  }
}

type Occurrence = { readonly docId: number; readonly positions: readonly number[] }

function postingsOf(docs: readonly FlatDoc[], field: FieldInfo): Map<string, Occurrence[]> {
  const all = new Map<string, Occurrence[]>()
  for (const [docId, { doc }] of docs.entries())
    for (const { field: of, terms } of doc.terms)
      if (of === field)
        for (const { term, positions } of terms)
          all.set(term, [...(all.get(term) ?? []), { docId, positions }])
  return all
}

/** Lengths of the tests are below 60: exact up to 39, then even up to 56 (spec 29.4). */
function oneByteLength(length: number): number {
  if (length < 40) return length
  return length < 56 ? length - (length % 2) : 56 + Math.floor((length - 56) / 4) * 4
}

function docIdsOf(postings: PostingsIterator): number[] {
  const docIds: number[] = []
  for (let doc = postings.next(); doc !== noMoreDocs; doc = postings.next()) docIds.push(doc)
  return docIds
}
