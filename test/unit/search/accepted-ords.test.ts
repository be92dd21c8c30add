/** A write buffer grows behind what a searcher sees: whoever came later is not to be found, and takes no candidate's place. */
import test from 'ava'
import { acceptAhead, acceptedOrds } from '../../../src/search/accepted-ords.ts'
import type { SegmentView } from '../../../src/segment/index.ts'
import { BitSet, finishAtOnce } from '../../../src/util/index.ts'
import { fields, segmentsOf } from './fixture.ts'

/** Six documents; all but the second have a vector. */
function segment(): SegmentView {
  const docs = [0, 1, 2, 3, 4, 5].map((at) => (at === 1 ? {} : { vector: [at, 0, 0] }))
  return segmentsOf(docs)[0]!
}

/** Ordinals; null: all. */
function acceptedBy(view: SegmentView): readonly number[] | null {
  const vectors = view.reader.vectors(fields.vector.number)!
  const { accept, acceptCount } = acceptedOrds(view, vectors, null, fields.vector)
  if (accept === null) return acceptCount === vectors.index.size ? null : []
  const ords = Array.from({ length: vectors.index.size }, (_, ord) => ord)
  return ords.filter((ord) => accept.has(ord)).slice(0, acceptCount)
}

test('acceptedOrds: all of a segment that is seen whole', (t) => {
  t.is(acceptedBy(segment()), null)
})

test('acceptedOrds: vectors of documents behind the visible ones are left out', (t) => {
  const view = segment()
  t.deepEqual(acceptedBy({ ...view, docCount: 3, liveRootCount: 3 }), [0, 1])
  t.deepEqual(acceptedBy({ ...view, docCount: 4, liveRootCount: 4 }), [0, 1, 2])
})

test('acceptedOrds: so they are where others are deleted, whatever the bits say of them', (t) => {
  const view = segment()
  const liveDocs = new BitSet(6)
  liveDocs.addRange(6)
  liveDocs.remove(2)
  t.deepEqual(acceptedBy({ ...view, liveDocs, liveRootCount: 5 }), [0, 2, 3, 4])
  t.deepEqual(acceptedBy({ ...view, docCount: 4, liveDocs, liveRootCount: 3 }), [0, 2])
})

test('acceptAhead: a filter is asked where nobody knows the vectors that it lets pass', (t) => {
  const view = segment()
  const vectors = view.reader.vectors(fields.vector.number)!
  const docs = new BitSet(6)
  docs.add(3)
  const asked: (string | null)[] = []
  for (const key of ['a key', null, 'a key', null]) {
    const filter = {
      key,
      docs: () => docs,
      *findAhead() {
        asked.push(key)
        yield
      }
    }
    finishAtOnce(acceptAhead(view, filter, fields.vector))
    t.is(acceptedOrds(view, vectors, filter, fields.vector).acceptCount, 1)
  }
  t.deepEqual(asked, ['a key', null, null])
})
