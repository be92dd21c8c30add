import test from 'ava'
import { VectorStoreError } from '../../../src/util/index.ts'
import { freshDatabase, noteFields } from '../../support/notes.ts'
import type { Note } from '../../support/notes.ts'

test('search: an alias over an index that cannot answer fails, instead of giving a part for the whole', async (t) => {
  const db = await freshDatabase(t)
  const wide = { ...noteFields, v: { ...noteFields.v, dims: 8 } }
  const notes = await db.createIndex<Note>('notes', noteFields)
  await db.createIndex('wide', wide)
  await notes.put('1', { v: [1, 0, 0, 0], year: 1 })
  await db.index('wide').put('2', { v: [1, 0, 0, 0, 0, 0, 0, 0], year: 2 })
  for (const name of ['notes', 'wide']) {
    const response = await db.handle({
      method: 'PUT',
      path: `/${name}/_alias/all`,
      query: '',
      headers: {},
      body: null
    })
    t.is(response.status, 200)
  }
  const all = db.index<Note>('all')
  const knn = { field: 'v', vector: [1, 0, 0, 0], k: 2 }
  t.is(notes.search({ knn }).hits.length, 1)
  t.is(all.search({ query: { match_all: {} } }).hits.length, 2)
  const error = t.throws(() => all.search({ knn }), { instanceOf: VectorStoreError })
  t.is(error?.code, 'QUERY_SHARD')
})
