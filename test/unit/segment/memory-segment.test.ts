import test from 'ava'
import {
  isLongDocument,
  MemorySegment,
  noMoreDocs,
  vectorText
} from '../../../src/segment/index.ts'
import type { GrowingVectors, IndexableDoc, SegmentView } from '../../../src/segment/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import {
  fields,
  flatten,
  randomGroups,
  randomOf,
  rootsOf
} from '../../support/segment-documents.ts'
import type { Group } from '../../support/segment-documents.ts'
import { SegmentStore } from '../../support/segment-store.ts'

function group(id: string, seqNo: number, root: Partial<IndexableDoc>): Group {
  const doc = { path: '', columns: [], terms: [], vectors: [], present: [], ...root }
  const source = { text: Buffer.from('{}'), cuts: [] }
  return { document: { id, routing: null, source, docs: [doc] }, seqNo, version: 1, text: '{}' }
}

function tagged(id: string, seqNo: number, tag: string): Group {
  return group(id, seqNo, { columns: [{ field: fields.tag, values: [tag] }] })
}

test('view: stays what it was while the buffer grows and documents are deleted', async (t) => {
  const seed = 20
  const random = randomOf(seed)
  const store = await SegmentStore.open()
  const segment = store.buffer([])
  const groups = randomGroups(random, 300)
  const taken: { readonly view: SegmentView; readonly told: unknown }[] = []
  for (const [at, { document, seqNo, version }] of groups.entries()) {
    segment.append(document, seqNo, version)
    if (at % 3 === 0) {
      const roots = rootsOf(flatten(groups.slice(0, at + 1)))
      segment.delete(roots[Math.floor(random() * roots.length)]!)
    }
    if (at % 20 === 0) {
      const view = segment.view()
      taken.push({ view, told: tell(view) })
    }
  }
  for (const { view, told } of taken) t.deepEqual(tell(view), told, `seed ${seed}`)
  segment.close()
})

test('terms: a word that came once in each document and then twice in one keeps the positions of all, also in a walk under way', async (t) => {
  const store = await SegmentStore.open()
  const segment = store.buffer([])
  const add = (at: number, positions: readonly number[]): void => {
    const terms = [
      { field: fields.body, terms: [{ term: 'word', positions }], length: positions.length }
    ]
    const { document, seqNo, version } = group(`${at}`, at, { terms })
    segment.append(document, seqNo, version)
  }
  const all = [[3], [5], [0], [1, 4], [2], [6, 7, 8]]
  for (const [at, positions] of all.slice(0, 3).entries()) add(at, positions)
  const before = segment.view()
  const told = tell(before)
  const walk = before.reader.terms(fields.body.number)!.postings('word')!
  t.is(walk.next(), 0)
  for (const [at, positions] of all.entries()) if (at >= 3) add(at, positions)
  for (const at of [0, 1, 2]) {
    t.is(walk.freq(), 1)
    t.deepEqual(walk.positions(), all[at])
    t.is(walk.next(), at === 2 ? noMoreDocs : at + 1)
  }
  t.deepEqual(tell(before), told)
  const postings = segment.view().reader.terms(fields.body.number)!.postings('word')!
  const found: (readonly number[])[] = []
  while (postings.next() !== noMoreDocs) {
    found.push(postings.positions())
    t.is(postings.freq(), postings.positions().length)
  }
  t.deepEqual(found, all)
  segment.close()
})

/** All that a view says, as plain data. */
function tell({ reader, docCount, liveDocs, liveRootCount }: SegmentView): unknown {
  const terms = reader.terms(fields.body.number)
  const column = reader.column(fields.tag.number)
  const vectors = reader.vectors(fields.vector.number)
  const words: unknown[] = []
  terms?.visitTerms('', (term, docFreq) => {
    const postings = terms.postings(term)!
    const docs: unknown[] = []
    for (let doc = postings.next(); doc !== noMoreDocs; doc = postings.next())
      docs.push([doc, postings.freq(), postings.positions()])
    return words.push([term, docFreq, docs]) > 0
  })
  return {
    docCount,
    live: liveDocs?.words.slice() ?? null,
    liveRootCount,
    counts: [reader.docCount, reader.rootCount, terms?.docCount, terms?.sumTotalTermFreq],
    words,
    keywords: Array.from({ length: column?.valueCount ?? 0 }, (_, ord) => column!.keywordOf(ord)),
    ords: Array.from({ length: docCount }, (_, doc) =>
      Array.from({ length: column?.count(doc) ?? 0 }, (__, at) => column!.ordAt(doc, at))
    ),
    vectors: Array.from({ length: vectors?.index.size ?? 0 }, (_, ord) => [
      vectors!.docOf(ord),
      vectors!.index.vectorAt(ord)
    ]),
    ids: ['id-0', 'id-50', 'id-299'].map((id) => reader.docIdOf(id))
  }
}

test('view: an id leads to the newest document that the view has', async (t) => {
  const store = await SegmentStore.open()
  const segment = store.buffer([tagged('a', 1, 'x')])
  const first = segment.view()
  t.is(first.reader.docIdOf('a'), 0)
  segment.append(tagged('b', 2, 'y').document, 2, 1)
  segment.append(tagged('a', 3, 'z').document, 3, 2)
  const second = segment.view()
  segment.append(tagged('a', 4, 'z').document, 4, 3)
  t.is(first.reader.docIdOf('a'), 0)
  t.is(first.reader.docIdOf('b'), -1)
  t.is(second.reader.docIdOf('a'), 2)
  t.is(second.reader.stored(2).version, 2)
  t.is(segment.docIdOf('a'), 3)
  t.is(segment.view().reader.docIdOf('a'), 3)
})

test('terms: those of a keyword field are the values of its column, which every view has alike', async (t) => {
  const seed = 22
  const random = randomOf(seed)
  const store = await SegmentStore.open()
  const segment = store.buffer([])
  const views: SegmentView[] = []
  const wanted: string[][] = []
  for (let at = 0; at < 400; at++) {
    const length = at % 100 === 99 ? 3000 : Math.floor(6 * random())
    const values = Array.from({ length }, () => `k${Math.floor(random() ** 3 * 4000)}`)
    wanted.push([...new Set(values)].sort())
    const { document } = group(`${at}`, at, { columns: [{ field: fields.tag, values }] })
    if (isLongDocument(document)) {
      for (const step of segment.appendInSteps(document, at, 1)) t.is(step, undefined)
      segment.enter(document)
    } else segment.append(document, at, 1)
    if (at % 40 === 0 || at === 399) views.push(segment.view())
  }
  for (const { reader, docCount } of views) {
    const terms = reader.terms(fields.tag.number)!
    const column = reader.column(fields.tag.number)!
    const there = wanted.slice(0, docCount)
    const byTerm = Map.groupBy(
      there.flatMap((values, doc) => values.map((value) => ({ value, doc }))),
      ({ value }) => value
    )
    const found: string[] = []
    terms.visitTerms('', (term, docFreq, postingsOf) => {
      const docs = byTerm.get(term)?.map(({ doc }) => doc)
      for (const postings of [postingsOf(), terms.postings(term)!]) {
        const walked: number[] = []
        for (let doc = postings.next(); doc !== noMoreDocs; doc = postings.next()) walked.push(doc)
        t.deepEqual(walked, docs, `seed ${seed}, ${term}`)
      }
      t.deepEqual([docFreq, terms.docFreq(term)], [docs?.length, docs?.length])
      t.is(column.keywordOf(found.length), term)
      return found.push(term) > 0
    })
    t.deepEqual(found, [...byTerm.keys()].sort())
    t.is(column.valueCount, found.length)
    const filled = there.filter((values) => values.length > 0)
    t.is(terms.docCount, filled.length)
    t.is(terms.sumTotalTermFreq, filled.flat().length)
    for (const [doc, values] of there.entries()) {
      t.deepEqual(
        Array.from({ length: column.count(doc) }, (_, at) =>
          column.keywordOf(column.ordAt(doc, at))
        ),
        values
      )
      t.is(terms.lengthOf(doc), values.length > 0 ? 1 : 0)
    }
  }
  const terms = [{ field: fields.tag, terms: [{ term: 'k', positions: [] }], length: 1 }]
  t.throws(() => segment.append(group('x', 500, { terms }).document, 500, 1), {
    message: 'terms of a field with a keyword column are its values'
  })
})

test('terms: a lone surrogate is U+FFFD, in the buffer as on disk', async (t) => {
  const store = await SegmentStore.open()
  const tags = ['a\ud800', 'b\udc00z', 'ok']
  const groups = tags.map((tag, at) => tagged(`id ${at}`, at, tag))
  const buffer = store.buffer(groups)
  for (const reader of [buffer.view().reader, await store.flush(groups)]) {
    const terms = reader.terms(fields.tag.number)!
    t.deepEqual(
      tags.map((tag) => terms.docFreq(tag)),
      [1, 1, 1]
    )
    t.is(terms.docFreq('a\ufffd'), 1)
    const column = reader.column(fields.tag.number)!
    t.deepEqual(
      tags.map((tag) => column.ordOf(tag)),
      [0, 1, 2]
    )
    t.is(column.keywordOf(1), 'b\ufffdz')
  }
})

test('view: the same object until something changes', async (t) => {
  const store = await SegmentStore.open()
  const segment = store.buffer([tagged('a', 1, 'x')])
  const view = segment.view()
  t.is(segment.view(), view)
  t.is(view.liveDocs, null)
  t.true(segment.delete(0))
  t.not(segment.view(), view)
  t.false(segment.delete(0))
  t.is(view.liveDocs, null)
  t.is(segment.view().liveDocs!.count(), 0)
  t.is(segment.view().liveRootCount, 0)
})

test('view: terms of an older view keep their order when newer ones come between', async (t) => {
  const store = await SegmentStore.open()
  const segment = store.buffer([tagged('a', 1, 'm'), tagged('b', 2, 'c')])
  const older = segment.view()
  for (const [at, tag] of ['d', 'a', 'z'].entries())
    segment.append(tagged(`n${at}`, 3 + at, tag).document, 3 + at, 1)
  const newer = segment.view().reader.column(fields.tag.number)!
  t.deepEqual(
    Array.from({ length: 5 }, (_, ord) => newer.keywordOf(ord)),
    ['a', 'c', 'd', 'm', 'z']
  )
  const column = older.reader.column(fields.tag.number)!
  t.deepEqual([column.valueCount, column.keywordOf(0), column.keywordOf(1)], [2, 'c', 'm'])
  t.is(column.ordOf('d'), -2)
  t.is(column.ordAt(0, 0), 1)
})

test('delete: takes the children along', async (t) => {
  const store = await SegmentStore.open()
  const child = { path: 'child', columns: [], terms: [], vectors: [], present: [] }
  const parent = (id: string): Group => {
    const made = group(id, 1, {})
    return { ...made, document: { ...made.document, docs: [child, child, ...made.document.docs] } }
  }
  const segment = store.buffer([parent('a'), parent('b'), group('c', 3, {})])
  t.true(segment.delete(5))
  const { liveDocs, liveRootCount } = segment.view()
  t.deepEqual(
    [0, 1, 2, 3, 4, 5, 6].map((doc) => liveDocs!.has(doc)),
    [true, true, true, false, false, false, true]
  )
  t.is(liveRootCount, 2)
  t.throws(() => segment.delete(0), { message: 'a root document is deleted' })
})

test('append: a document whose vectors find no room is never live', (t) => {
  let room = 1
  const vectors: GrowingVectors = {
    size: 0,
    append() {
      if (room-- > 0) return 0
      throw new VectorStoreError('MEMORY_LIMIT', 'no room, wanted some')
    },
    at: () => t.fail('nobody asks'),
    sizeInBytes: () => ({ codes: 0, lists: 0, vectors: 0, hashes: 0 }),
    close() {}
  }
  const segment = new MemorySegment({ generation: 1, growingVectors: () => vectors })
  const withVector = (id: string): Group =>
    group(id, 1, { vectors: [{ field: fields.vector, vector: new Float32Array(6) }] })
  segment.append(withVector('a').document, 1, 1)
  t.throws(() => segment.append(withVector('b').document, 2, 1), { code: 'MEMORY_LIMIT' })
  segment.append(group('c', 3, {}).document, 3, 1)
  const { docCount, liveDocs, liveRootCount, reader } = segment.view()
  t.deepEqual(
    [0, 1, 2].map((doc) => liveDocs!.has(doc)),
    [true, false, true]
  )
  t.deepEqual([docCount, liveRootCount, reader.docIdOf('b'), reader.docIdOf('c')], [3, 2, -1, 2])
})

test('bytes: grow with what is appended', async (t) => {
  const store = await SegmentStore.open()
  const segment = store.buffer([])
  t.is(segment.bytes, 0)
  for (let at = 0; at < 1000; at++) {
    const vector = new Float32Array(6).fill(at)
    const { document } = group(`id ${at}`, at, { vectors: [{ field: fields.vector, vector }] })
    segment.append({ ...document, source: { text: Buffer.alloc(100), cuts: [] } }, at, 1)
  }
  t.true(segment.bytes > 1000 * (100 + 6 * 4))
  t.true(segment.bytes < 1000 * 1000)
})

test('bytes: count what each field has, whether a document was appended at once or in steps', async (t) => {
  const store = await SegmentStore.open()
  const [atOnce, inSteps] = [store.buffer([]), store.buffer([])]
  const values = Array.from({ length: 3000 }, (_, at) => BigInt(at))
  const fieldOf = (number: number): typeof fields.count => ({ ...fields.count, number })
  for (let at = 0; at < 20; at++) {
    const before = atOnce.bytes
    const keys = values.map((value) => `${at} ${value}`)
    const columns = [
      { field: fieldOf(100 + at), values },
      { field: { ...fields.tag, number: 200 + (at % 2) }, values: keys }
    ]
    const { document } = group(`${at}`, at, { columns })
    atOnce.append(document, at, 1)
    // A number; a keyword with its number, document and place.
    t.true(atOnce.bytes - before >= (8 + 50) * values.length)
    t.true(atOnce.view().reader.sizeInBytes() <= atOnce.bytes)
    t.true(atOnce.view().reader.sizeInBytes() > 0.95 * atOnce.bytes)
    for (const step of inSteps.appendInSteps(document, at, 1)) t.is(step, undefined)
    inSteps.enter(document)
    t.is(inSteps.bytes, atOnce.bytes)
  }
})

test('isLongDocument: many values, or many fields', (t) => {
  const of = (fieldCount: number, valueCount: number): boolean => {
    const values = Array.from({ length: valueCount }, (_, at) => BigInt(at))
    const columns = Array.from({ length: fieldCount }, () => ({ field: fields.count, values }))
    return isLongDocument(group('1', 1, { columns }).document)
  }
  t.deepEqual(
    [of(1, 100), of(50, 1), of(1, 2000), of(20, 100), of(500, 1)],
    [false, false, true, true, true]
  )
})

test('vectorText: prints the four forms', (t) => {
  const floats = Float32Array.of(0.1, 1, -2.5, 3e-9)
  t.is(vectorText(floats, 'float64'), '[0.10000000149011612,1,-2.5,3.000000026176508e-9]')
  t.is(vectorText(floats, 'float32'), '[0.1,1,-2.5,3e-9]')
  t.is(vectorText(Float32Array.of(1, -7), 'int'), '[1,-7]')
  t.is(vectorText(Int8Array.of(-128, 127), 'int'), '[-128,127]')
  t.is(vectorText(Uint8Array.of(255, 1), 'int'), '[-1,1]')
  t.is(vectorText(Float32Array.of(-5, 9, -12), 'base64'), '"wKAAAEEQAADBQAAA"')
})

test('appendInSteps: a document of long lists is as one that was appended in one piece, and not there before it is entered', async (t) => {
  const seed = 21
  const random = randomOf(seed)
  const store = await SegmentStore.open()
  const some = <T>(make: () => T): T[] => Array.from({ length: 5000 }, make)
  const digits = (): number => Math.floor(random() * 3000)
  const keys = some(() => `k${digits()}`)
  const words = [...new Set(keys)].map((term) => ({ term, positions: [digits(), 3000 + digits()] }))
  const long = group('long', 300, {
    columns: [
      { field: fields.tag, values: [...keys, '\ufffd', '😀', '\ud800'] },
      { field: fields.count, values: some(() => BigInt(digits() - 1500)) },
      { field: fields.price, values: [...some(() => (digits() - 1500) / 7), 0, -0, 0, -0] }
    ],
    terms: [{ field: fields.body, terms: words, length: 2 * words.length }],
    present: ['a', 'b']
  })
  const groups = randomGroups(random, 100)
  const last = groups.pop()!
  t.true(isLongDocument(long.document))
  t.false(groups.some(({ document }) => isLongDocument(document)))
  const [atOnce, inSteps] = [store.buffer(groups), store.buffer(groups)]
  const [older, rootCount] = [inSteps.append(long.document, 299, 1), inSteps.liveRootCount]
  atOnce.append(long.document, 299, 1)
  atOnce.append(long.document, long.seqNo, 2)
  let stepCount = 0
  for (const step of inSteps.appendInSteps(long.document, long.seqNo, 2)) {
    t.is(step, undefined)
    stepCount += 1
    const { liveRootCount, liveDocs, docCount } = inSteps.view()
    t.deepEqual([liveRootCount, inSteps.docIdOf('long')], [rootCount, older])
    t.false(liveDocs!.has(docCount - 1))
  }
  t.true(stepCount > 20, `${stepCount} steps`)
  inSteps.enter(long.document)
  for (const segment of [atOnce, inSteps]) segment.append(last.document, last.seqNo, last.version)
  t.deepEqual(tell(inSteps.view()), tell(atOnce.view()), `seed ${seed}`)
  const numbersOf = ({ reader, docCount }: SegmentView): unknown =>
    [fields.count, fields.price].map((field) => {
      const column = reader.column(field.number)!
      return Array.from({ length: docCount }, (_, doc) =>
        Array.from({ length: column.count(doc) }, (__, at) =>
          column.kind === 'long' ? column.longAt(doc, at) : column.doubleAt(doc, at)
        )
      )
    })
  t.deepEqual(numbersOf(inSteps.view()), numbersOf(atOnce.view()), `seed ${seed}`)
  for (const segment of [atOnce, inSteps]) segment.close()
})
