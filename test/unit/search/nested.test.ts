import test from 'ava'
import { previousMember } from '../../../src/search/levels.ts'
import type { KnnClause, Query } from '../../../src/query/index.ts'
import type { FieldInfo, IndexableDoc, SegmentView } from '../../../src/segment/index.ts'
import { BitSet } from '../../../src/util/index.ts'
import { fields, l2Score, openSegment, request, segmentsOf, target } from './fixture.ts'
import { executeSearch } from '../../support/execute-search.ts'

const grandTag: FieldInfo = {
  number: 20,
  name: 'child.grand.tag',
  column: 'keyword',
  postings: 'docs',
  vector: null
}

const tagged = (path: string, field: FieldInfo, ...tags: readonly string[]): IndexableDoc => ({
  path,
  columns: [{ field, values: tags }],
  terms: [],
  vectors: [],
  present: []
})

/** Roots with children, each given as its tag and those of its grandchildren. */
function segmentOf(...roots: readonly (readonly (readonly string[])[])[]): SegmentView {
  const segment = openSegment(0)
  for (const [at, children] of roots.entries()) {
    const docs = children.flatMap(([tag = '', ...grand]) => [
      ...grand.map((each) => tagged('child.grand', grandTag, each)),
      tagged('child', fields.childTag, tag)
    ])
    docs.push(tagged('', fields.tag, 'root'))
    const source = { text: new Uint8Array(), cuts: [] }
    segment.append({ id: `r${at}`, routing: null, source, docs }, 0, 1)
  }
  return segment.view()
}

const term = (field: FieldInfo, text: string): Query => ({
  type: 'term',
  field,
  term: text,
  scored: false
})
const nested = (path: string, query: Query, scoreMode: 'sum' | 'none' = 'sum'): Query => ({
  type: 'nested',
  path,
  query,
  scoreMode
})
const both = (...must: readonly Query[]): Query => ({
  type: 'bool',
  must,
  filter: [],
  should: [],
  mustNot: [],
  minimumShouldMatch: null
})

function found(segment: SegmentView, query: Query): [string, number | null][] {
  return executeSearch(request([target([segment], query)])).hits.map((hit) => [
    hit.segment.reader.stored(hit.docId).id,
    hit.score
  ])
}

test('executeSearch: nested inside nested joins level by level', (t) => {
  const segment = segmentOf(
    [
      ['a', 'x', 'x'],
      ['b', 'y']
    ],
    [
      ['a', 'y'],
      ['b', 'x']
    ],
    [['a']],
    []
  )
  // Straight from the grandchildren to the root.
  t.deepEqual(found(segment, nested('child.grand', term(grandTag, 'x'))), [
    ['r0', 2],
    ['r1', 1]
  ])
  // The child that has the tag must have the grandchild itself.
  const inner = nested('child.grand', term(grandTag, 'x'))
  const a = term(fields.childTag, 'a')
  t.deepEqual(found(segment, nested('child', both(a, inner))), [['r0', 3]])
  t.deepEqual(found(segment, nested('child', both(term(fields.childTag, 'b'), inner))), [['r1', 2]])
  t.deepEqual(found(segment, nested('child', { type: 'matchAll' })), [
    ['r0', 2],
    ['r1', 2],
    ['r2', 1]
  ])
  t.deepEqual(
    found(segment, nested('child', a, 'none')).map(([, score]) => score),
    [0, 0, 0]
  )
  t.deepEqual(found(segment, nested('nowhere', { type: 'matchAll' })), [])
})

test('executeSearch: children are never hits of a query about roots', (t) => {
  const segment = segmentOf([['a', 'x']], [])
  t.is(found(segment, { type: 'matchAll' }).length, 2)
  t.deepEqual(found(segment, term(fields.childTag, 'a')), [])
})

test('executeSearch: neighbours follow the live documents of the moment, though filters are kept', (t) => {
  const [view] = segmentsOf([
    { vector: [1, 0, 0], tag: ['a'] },
    { vector: [2, 0, 0], tag: ['a'] },
    { vector: [3, 0, 0] }
  ]) as [SegmentView]
  const clause: KnnClause = {
    type: 'knn',
    field: fields.vector,
    vector: Float32Array.of(0, 0, 0),
    k: 2,
    candidates: 10,
    filter: term(fields.tag, 'a'),
    rawLimit: null,
    score: l2Score,
    exhaustive: false,
    rescore: null
  }
  const docsOf = (segment: SegmentView): number[] =>
    executeSearch(request([target([segment], clause)])).hits.map(({ docId }) => docId)
  t.deepEqual(docsOf(view), [0, 1])
  const liveDocs = new BitSet(3)
  liveDocs.addRange(3)
  liveDocs.remove(0)
  t.deepEqual(docsOf({ ...view, liveDocs, liveRootCount: 2 }), [1])
  t.deepEqual(docsOf({ ...view, docCount: 1, liveRootCount: 1 }), [0])
  t.deepEqual(docsOf(view), [0, 1])
})

test('previousMember: finds the highest member below', (t) => {
  const bits = new BitSet(200)
  for (const member of [0, 31, 32, 64, 150]) bits.add(member)
  for (let at = 0; at < 200; at++) {
    let expected = at - 1
    while (expected >= 0 && !bits.has(expected)) expected -= 1
    t.is(previousMember(bits, at), expected, String(at))
  }
})
