import test from 'ava'
import { VectorStoreError } from '../../../src/util/index.ts'
import { nearest, vectors } from '../../support/nearest.ts'
import { freshDatabase, noteFields } from '../../support/notes.ts'
import type { Note } from '../../support/notes.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

test('putMany: 10,000 documents are searched as brute force says, before and after flush, merge and reopening', async (t) => {
  const folder = await temporaryFolder(t)
  const db = await openDatabase(t, folder)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const rows = vectors(10_000, 4, 7)
  const progress: number[] = []
  const count = await notes.putMany(
    rows.map((v, at) => [`n${at}`, { v, year: at % 50, title: `note number ${at}` }] as const),
    { onProgress: (done) => progress.push(done) }
  )
  t.is(count, 10_000)
  t.deepEqual(
    progress,
    Array.from({ length: 10 }, (_, at) => (at + 1) * 1000)
  )
  const queries = vectors(20, 4, 8)
  const wanted = queries.map((query) => nearest(rows, query, 10).map((at) => `n${at}`))
  const filtered = queries.map((query) =>
    nearest(rows, query, 10, (at) => at % 50 < 3).map((at) => `n${at}`)
  )
  const check = (index: typeof notes, moment: string): void => {
    for (const [at, vector] of queries.entries()) {
      const knn = { field: 'v', vector, k: 10 }
      const plain = index.search({ knn, source: false }).hits.map((hit) => hit.id)
      t.true(plain.filter((id) => wanted[at]!.includes(id)).length >= 9, `${moment}, query ${at}`)
      const some = index.search({ knn: { ...knn, filter: { range: { year: { lt: 3 } } } } })
      t.is(some.hits.length, 10)
      const right = some.hits.filter((hit) => filtered[at]!.includes(hit.id)).length
      t.true(right >= 9, `${moment}, filtered query ${at}: ${right}`)
    }
    t.is(index.count(), 10_000)
    t.is(index.count({ term: { year: 7 } }), 200)
    t.is(index.count({ match: { title: '4711' } }), 1)
  }
  check(notes, 'buffer')
  await notes.flush()
  check(notes, 'segment')
  await notes.putMany(
    rows
      .slice(0, 500)
      .map((v, at) => [`n${at}`, { v, year: at % 50, title: `note number ${at}` }] as const)
  )
  await notes.merge(1)
  t.is(notes.stats()?.segments.filter((segment) => segment.committed).length, 1)
  check(notes, 'merged')
  const answers = queries.map((vector) =>
    notes.search({ knn: { field: 'v', vector, k: 10 } }).hits.map((hit) => [hit.id, hit.score])
  )
  await db.close()
  const again = (await openDatabase(t, folder)).index<Note>('notes')
  check(again, 'reopened')
  t.true((again.stats()?.pages['docIds']?.missCount ?? 0) > 0)
  t.true((again.stats()?.pages['vectors']?.residentBytes ?? 0) >= 4_096)
  t.deepEqual(
    queries.map((vector) =>
      again.search({ knn: { field: 'v', vector, k: 10 } }).hits.map((hit) => [hit.id, hit.score])
    ),
    answers
  )
})

test('putMany: the last of several documents with one id is the one that stays', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const docs = Array.from({ length: 5_000 }, (_, at) => [`n${at % 7}`, { year: at }] as const)
  await notes.putMany(docs)
  t.is(notes.count(), 7)
  for (let at = 4_993; at < 5_000; at++) t.is(notes.get(`n${at % 7}`)?.year, at)
})

test('putMany: the first faulty document is told, documents before it are there', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const docs = Array.from({ length: 3_000 }, (_, at) => [`n${at}`, { year: at }] as [string, Note])
  docs[1500] = ['bad', { v: [1, 2] }]
  const error = await t.throwsAsync(notes.putMany(docs), { instanceOf: VectorStoreError })
  t.is(error?.code, 'DOC_PARSE')
  t.regex(error?.message ?? '', /has 2 dims, wanted 4/)
  t.is(notes.get('n1499')?.year, 1499)
  t.is(notes.get('bad'), null)
  t.is((await notes.put('after', { year: 1 })).result, 'created')
})

test('putMany: more documents than may wait for a flush are written all the same', async (t) => {
  const folder = await temporaryFolder(t)
  const mebibyte = 2 ** 20
  const db = await openDatabase(t, folder, { flushBytes: mebibyte, pendingBytesMax: mebibyte })
  const notes = await db.createIndex<Note>('notes', noteFields)
  const title = 'lake '.repeat(200)
  await notes.putMany(
    Array.from({ length: 8_000 }, (_, at) => [`n${at}`, { year: at, title }] as const)
  )
  t.is(notes.count(), 8_000)
  t.is(notes.get('n7999')?.year, 7_999)
})
