import { inspect } from 'node:util'
import test from 'ava'
import { VectorStoreError } from '../../../src/util/index.ts'
import type { OpenDatabase } from '../../../src/rest/index.ts'
import { nearest, vectors } from '../../support/nearest.ts'
import { freshDatabase, noteFields } from '../../support/notes.ts'
import type { Note } from '../../support/notes.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

test('put and get: a document comes back as it was given, typed arrays as numbers', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const written = await notes.put('1', {
    v: Float32Array.of(1, 2, 3, 0.5),
    year: 2024,
    title: 'a lake'
  })
  t.deepEqual(written, { id: '1', result: 'created', version: 1, seqNo: 0 })
  t.deepEqual(notes.get('1'), { v: [1, 2, 3, 0.5], year: 2024, title: 'a lake' })
  t.is(notes.get('2'), null)
  t.is((await notes.put('1', { year: 1 })).result, 'updated')
  t.deepEqual(notes.get('1'), { year: 1 })
})

test('put: what is acknowledged is found by the next search, and a deleted document is not', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const query = Float32Array.of(0, 0, 0, 1)
  for (let at = 0; at < 5; at++) {
    await notes.put(String(at), { v: Float32Array.of(at, 0, 0, 1) })
    t.is(notes.search({ knn: { field: 'v', vector: query, k: 10 } }).hits.length, at + 1)
  }
  t.true(await notes.delete('0'))
  t.false(await notes.delete('0'))
  const { hits, total } = notes.search({ knn: { field: 'v', vector: query, k: 3 } })
  t.deepEqual(
    hits.map((hit) => hit.id),
    ['1', '2', '3']
  )
  t.is(total, 3)
  t.deepEqual(
    hits.map((hit) => hit.score),
    [1, 4, 9].map((squared) => Math.fround(1 / (1 + squared)))
  )
  t.is(notes.count(), 4)
})

test('update: merges into the document, keeps its vector, and says when nothing changed', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.put('1', { v: [1, 0, 0, 0], year: 1, tags: ['a'] })
  t.is((await notes.update('1', { year: 2 })).result, 'updated')
  t.deepEqual(notes.get('1'), { v: [1, 0, 0, 0], year: 2, tags: ['a'] })
  t.is((await notes.update('1', { year: 2 })).result, 'noop')
  await notes.update('1', { v: Float32Array.of(0, 0, 0, 1) })
  const { hits } = notes.search({ knn: { field: 'v', vector: [0, 0, 0, 1], k: 1 } })
  t.is(hits[0]?.score, 1)
  const error = await t.throwsAsync(notes.update('absent', { year: 1 }), {
    instanceOf: VectorStoreError
  })
  t.is(error?.code, 'DOC_ABSENT')
})

test('search: a filter that matches m documents gives the smaller of k and m, the nearest of them', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const rows = vectors(300, 4, 11)
  await notes.putMany(rows.map((v, at) => [`n${at}`, { v, year: at }] as const))
  const query = vectors(1, 4, 12)[0]!
  for (const below of [0, 1, 5, 20, 300]) {
    const { hits } = notes.search({
      knn: { field: 'v', vector: query, k: 10, filter: { range: { year: { lt: below } } } }
    })
    t.deepEqual(
      hits.map((hit) => hit.id),
      nearest(rows, query, 10, (at) => at < below).map((at) => `n${at}`)
    )
  }
})

test('search: similarity is a greatest distance in l2, and boost multiplies the score', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.putMany([1, 2, 3, 4].map((x) => [`${x}`, { v: [x, 0, 0, 0] }] as const))
  const knn = { field: 'v', vector: [0, 0, 0, 0], k: 4, similarity: 2, boost: 2 }
  const { hits } = notes.search({ knn })
  t.deepEqual(
    hits.map((hit) => [hit.id, hit.score]),
    [
      ['1', 1],
      ['2', Math.fround(0.4)]
    ]
  )
})

test('search: a text query, a knn section and both together', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.put('lake', { title: 'the deep lake', v: [9, 0, 0, 0] })
  await notes.put('wood', { title: 'the dark wood', v: [1, 0, 0, 0] })
  await notes.put('sea', { title: 'the open sea', v: [2, 0, 0, 0] })
  const query = { match: { title: 'lake' } }
  const knn = { field: 'v', vector: [0, 0, 0, 0], k: 2 }
  t.deepEqual(
    notes.search({ query }).hits.map((hit) => hit.id),
    ['lake']
  )
  t.deepEqual(
    notes.search({ knn }).hits.map((hit) => hit.id),
    ['wood', 'sea']
  )
  const both = notes.search({ query, knn, size: 3 }).hits
  t.deepEqual(both.map((hit) => hit.id).toSorted(), ['lake', 'sea', 'wood'])
  const [text] = notes.search({ query }).hits
  t.is(both.find((hit) => hit.id === 'lake')?.score, text?.score)
})

test('search: without source the document is null, and from and size cut the answer', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.putMany(
    Array.from({ length: 30 }, (_, at) => [`${at}`, { v: [at, 0, 0, 0], year: at }] as const)
  )
  const knn = { field: 'v', vector: [0, 0, 0, 0], k: 20 }
  t.is(notes.search({ knn }).hits.length, 20)
  const page = notes.search({ knn, from: 5, size: 3, source: false }).hits
  t.deepEqual(
    page.map((hit) => [hit.id, hit.doc]),
    [
      ['5', null],
      ['6', null],
      ['7', null]
    ]
  )
  t.is(notes.search({ knn }).hits[3]?.doc.year, 3)
})

test('search: a hit can be printed, spread and written as JSON with its document', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.put('1', { year: 7 })
  const [hit] = notes.search({ query: { term: { year: 7 } } }).hits
  const wanted = { id: '1', score: 1, doc: { year: 7 } }
  t.deepEqual({ ...hit }, wanted)
  t.is(JSON.stringify(hit), JSON.stringify(wanted))
  t.is(inspect(hit), inspect(wanted))
  t.is(hit?.doc, hit?.doc)
})

test('search: bad requests are refused with their codes', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.put('1', { v: [1, 2, 3, 4], year: 1 })
  const code = (run: () => unknown): string | undefined =>
    t.throws(run, { instanceOf: VectorStoreError })?.code
  const knn = { field: 'v', vector: [1, 2, 3, 4] }
  t.is(
    code(() => notes.search({ knn: { ...knn, k: 0 } })),
    'QUERY_LIMIT'
  )
  t.is(
    code(() => notes.search({ knn: { ...knn, k: 1.5 } })),
    'QUERY_LIMIT'
  )
  t.is(
    code(() => notes.search({ knn: { ...knn, candidates: 0 } })),
    'QUERY_LIMIT'
  )
  t.is(
    code(() => notes.search({ size: -1 })),
    'QUERY_LIMIT'
  )
  t.is(
    code(() => notes.search({ knn: { field: 'v', vector: [1, 2] } })),
    'QUERY_SHARD'
  )
  t.is(
    code(() => notes.search({ knn: { field: 'year', vector: [1] } })),
    'QUERY_SHARD'
  )
  t.is(
    code(() => notes.search({ knn: { field: 'v', vector: [1, 2, 3, Number.NaN] } })),
    'QUERY_SHARD'
  )
  t.is(
    code(() => notes.search({ query: { nonsense: {} } })),
    'REQUEST_PARSE'
  )
  t.is(
    code(() => db.index('absent')),
    'INDEX_ABSENT'
  )
  t.is(notes.search({ knn }).hits.length, 1)
})

test('createIndex: names, twice the same name, faulty fields', async (t) => {
  const db = await freshDatabase(t)
  const code = async (run: Promise<unknown>): Promise<string | undefined> =>
    (await t.throwsAsync(run, { instanceOf: VectorStoreError }))?.code
  t.is(await code(db.createIndex('Upper')), 'INDEX_NAME')
  t.is(await code(db.createIndex('')), 'INDEX_NAME')
  await db.createIndex('one')
  t.is(await code(db.createIndex('one')), 'INDEX_EXISTS')
  t.is(
    await code(db.createIndex('two', { v: { type: 'vector', space: 'taxicab' } })),
    'MAPPING_PARSE'
  )
  t.is(await code(db.createIndex('two', { v: { type: 'nonsense' } })), 'MAPPING_PARSE')
  t.deepEqual(db.indexNames(), ['one'])
})

test('indices: two are apart, one is deleted for good, its name may be used again', async (t) => {
  const folder = await temporaryFolder(t)
  const db = await openDatabase(t, folder)
  const one = await db.createIndex<Note>('one', noteFields)
  const two = await db.createIndex<Note>('two', { v: { type: 'vector', space: 'cosine' } })
  await one.put('1', { v: [1, 0, 0, 0] })
  await two.put('1', { v: [1, 0] })
  t.is(one.count() + two.count(), 2)
  t.deepEqual(two.get('1')?.v, [1, 0])
  await db.deleteIndex('one')
  t.false(db.hasIndex('one'))
  t.throws(() => one.count(), { instanceOf: VectorStoreError })
  const newOne = await db.createIndex<Note>('one', noteFields)
  t.is(newOne.count(), 0)
  await newOne.put('2', { year: 5 })
  await db.close()
  const again = await openDatabase(t, folder)
  t.deepEqual([...again.indexNames()].toSorted(), ['one', 'two'])
  t.is(again.index<Note>('one').get('1'), null)
  t.is(again.index<Note>('one').get('2')?.year, 5)
  t.is(
    again.index<Note>('two').search({ knn: { field: 'v', vector: [1, 0], k: 1 } }).hits[0]?.score,
    1
  )
})

test('vector spaces: each gives its neighbours in the order of brute force, with its scores', async (t) => {
  const db = await freshDatabase(t)
  const sum = (row: number[]): number => row.reduce((total, x) => total + x, 0)
  const spaces: Record<string, (a: Float32Array, b: Float32Array) => number> = {
    l1: (a, b) => 1 / (1 + sum(Array.from(a, (x, i) => Math.abs(x - b[i]!)))),
    linf: (a, b) => 1 / (1 + Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)))),
    l2: (a, b) => 1 / (1 + sum(Array.from(a, (x, i) => (x - b[i]!) ** 2))),
    cosine: (a, b) =>
      (1 +
        sum(Array.from(a, (x, i) => x * b[i]!)) /
          Math.sqrt(sum(Array.from(a, (x) => x * x)) * sum(Array.from(b, (x) => x * x)))) /
      2,
    mip: (a, b) => {
      const product = sum(Array.from(a, (x, i) => x * b[i]!))
      return product < 0 ? 1 / (1 - product) : 1 + product
    }
  }
  const rows = vectors(400, 6, 21)
  const queries = vectors(5, 6, 22)
  for (const [space, score] of Object.entries(spaces)) {
    const index = await db.createIndex<Note>(`of-${space}`, {
      v: { type: 'vector', dims: 6, space }
    })
    await index.putMany(rows.map((v, at) => [`n${at}`, { v }] as const))
    for (const flushed of [false, true]) {
      if (flushed) await index.flush()
      for (const query of queries) {
        const wanted = rows
          .map((row, at) => ({ id: `n${at}`, score: score(row, query) }))
          .toSorted((a, b) => b.score - a.score)
          .slice(0, 8)
        const { hits } = index.search({ knn: { field: 'v', vector: query, k: 8 } })
        t.deepEqual(
          hits.map((hit) => hit.id),
          wanted.map((hit) => hit.id),
          `${space} ${flushed}`
        )
        for (const [at, hit] of hits.entries())
          t.true(Math.abs(hit.score - wanted[at]!.score) < 1e-5)
      }
    }
  }
})

test('vector elements: bytes and bits are searched, also after reopening', async (t) => {
  const folder = await temporaryFolder(t)
  const db = await openDatabase(t, folder)
  const bits = await db.createIndex<{ v: Uint8Array }>('bits', {
    v: { type: 'vector', element: 'bit' }
  })
  const bytes = await db.createIndex<{ v: Int8Array }>('bytes', {
    v: { type: 'vector', element: 'int8', space: 'l2' }
  })
  await bits.put('far', { v: Uint8Array.of(255, 255) })
  await bits.put('near', { v: Uint8Array.of(0, 131) })
  await bytes.put('far', { v: Int8Array.of(127, -128) })
  await bytes.put('near', { v: Int8Array.of(-3, 4) })
  const check = (opened: OpenDatabase): void => {
    const bitHits = opened
      .index('bits')
      .search({ knn: { field: 'v', vector: Uint8Array.of(0, 3), k: 2 } }).hits
    t.deepEqual(
      bitHits.map((hit) => [hit.id, hit.score]),
      [
        ['near', 0.5],
        ['far', Math.fround(1 / 15)]
      ]
    )
    const byteHits = opened
      .index('bytes')
      .search({ knn: { field: 'v', vector: Int8Array.of(0, 0), k: 1 } }).hits
    t.deepEqual(
      byteHits.map((hit) => [hit.id, hit.score]),
      [['near', Math.fround(1 / 26)]]
    )
    t.deepEqual(opened.index('bytes').get('far'), { v: [127, -128] })
  }
  check(db)
  await db.close()
  check(await openDatabase(t, folder))
})

test('close: ends everything, twice is once, and what comes afterwards is refused', async (t) => {
  const folder = await temporaryFolder(t)
  const db = await openDatabase(t, folder)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await notes.put('1', { year: 1 })
  await Promise.all([db.close(), db.close()])
  t.is(t.throws(() => notes.count(), { instanceOf: VectorStoreError })?.code, 'NODE_CLOSED')
  t.is(
    (await t.throwsAsync(notes.put('2', {}), { instanceOf: VectorStoreError }))?.code,
    'NODE_CLOSED'
  )
  const again = await openDatabase(t, folder)
  t.is(again.recoveryReport.clean, true)
  t.is(again.index<Note>('notes').get('1')?.year, 1)
})
