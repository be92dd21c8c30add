/** What callers in JavaScript pass in spite of the types is refused in words, before anything is read or written. */
import test from 'ava'
import type { EmbeddedSearch, Index } from '../../../src/node/index.ts'
import { open } from '../../../src/rest/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import { freshDatabase, noteFields } from '../../support/notes.ts'
import type { Note } from '../../support/notes.ts'

test('put: an id that is no text and a document that is no object are refused', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const refused = async (id: unknown, doc: unknown, expected: object): Promise<void> => {
    await t.throwsAsync(notes.put(id as string, doc as Note), {
      instanceOf: VectorStoreError,
      ...expected
    })
  }
  await refused(7, {}, { code: 'DOC_ID', message: 'id is a number, wanted a string' })
  await refused(undefined, {}, { code: 'DOC_ID', message: 'id is undefined, wanted a string' })
  await refused('1', null, { code: 'DOC_PARSE', message: 'document is null, wanted an object' })
  await refused('1', [1], { code: 'DOC_PARSE', message: 'document is an array, wanted an object' })
  await refused('1', 'x', { code: 'DOC_PARSE', message: 'document is a string, wanted an object' })
  const own: Record<string, unknown> = {}
  own['own'] = [own]
  await refused('1', own, { code: 'DOC_PARSE', message: /without end or deeper than 1000/ })
  await t.throwsAsync(notes.update('1', null as unknown as Note), { code: 'DOC_PARSE' })
  await t.throwsAsync(notes.delete(1 as unknown as string), { code: 'DOC_ID' })
  t.throws(() => notes.get(1 as unknown as string), { code: 'DOC_ID' })
  t.is(notes.count(), 0)
})

test('search: a name that is not known is refused instead of passed over', async (t) => {
  const db = await freshDatabase(t)
  const notes: Index<Note> = await db.createIndex<Note>('notes', noteFields)
  const refused = (request: unknown, message: string): void => {
    t.throws(() => notes.search(request as EmbeddedSearch), { code: 'REQUEST_ARGUMENT', message })
  }
  refused(undefined, 'search is undefined, wanted an object')
  refused(
    { kn: {} },
    'search has an unknown member kn, wanted knn, query, size, from, source, profile'
  )
  refused({ knn: null }, 'knn is null, wanted an object')
  refused(
    { knn: [{ field: 'v', vector: [1, 0, 0, 0], filters: {} }] },
    'knn has an unknown member filters, wanted field, vector, k, candidates, filter, similarity, boost'
  )
})

test('open: a folder that is no path and options that are no numbers are told one by one', async (t) => {
  await t.throwsAsync(open(undefined as unknown as string), {
    code: 'OPTION_INVALID',
    message: 'folder is undefined, wanted a path'
  })
  await t.throwsAsync(open(''), { code: 'OPTION_INVALID', message: "folder is '', wanted a path" })
  await t.throwsAsync(open('/nowhere', { cacheBytes: '256mb' as unknown as number }), {
    code: 'OPTION_INVALID',
    message: "node options: cacheBytes is '256mb', wanted an integer of at least 20971520"
  })
  await t.throwsAsync(open('/nowhere', { toString: 1 } as object), {
    code: 'OPTION_INVALID',
    message: /toString is unknown/
  })
})

test('put: an index that was deleted is not made again by what goes on writing to it', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  await db.deleteIndex('notes')
  const absent = { code: 'INDEX_ABSENT' }
  await t.throwsAsync(notes.put('1', {}), absent)
  await t.throwsAsync(notes.putMany([['1', {}]]), absent)
  await t.throwsAsync(notes.update('1', {}), absent)
  t.false(db.hasIndex('notes'))
})

test('search: members of another type are refused instead of finding nothing', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const refused = (request: unknown, message: string, code = 'REQUEST_ARGUMENT'): void => {
    t.throws(() => notes.search(request as EmbeddedSearch), { code, message })
  }
  const knn = { field: 'v', vector: [1, 0, 0, 0] }
  refused({ knn: { vector: [1, 0, 0, 0] } }, 'knn.field is undefined, wanted a string')
  refused({ knn: { ...knn, boost: '2' } }, 'knn.boost is a string, wanted a number')
  refused({ knn: { ...knn, similarity: Number.NaN } }, 'knn.similarity is NaN, wanted a number')
  refused({ knn: { ...knn, filter: [] } }, 'knn.filter is an array, wanted an object')
  refused({ knn: { ...knn, k: '10' } }, 'knn.k is a string, wanted a number')
  refused({ knn: { ...knn, k: 0 } }, 'k is 0, wanted an integer of at least 1', 'QUERY_LIMIT')
  refused({ knn: { ...knn, boost: -1 } }, 'boost is -1, wanted 0 or more', 'QUERY_LIMIT')
  refused({ query: 'lake' }, 'search.query is a string, wanted an object')
  refused({ source: ['title'] }, 'search.source is an array, wanted a boolean')
  t.throws(() => notes.count(null as unknown as Record<string, unknown>), {
    code: 'REQUEST_ARGUMENT',
    message: 'query is null, wanted an object'
  })
})

test('putMany: what comes in no pairs is refused in words', async (t) => {
  const db = await freshDatabase(t)
  const notes = await db.createIndex<Note>('notes', noteFields)
  const refused = async (docs: unknown, message: string, options?: unknown): Promise<void> => {
    await t.throwsAsync(notes.putMany(docs as [string, Note][], options as object), {
      code: 'REQUEST_ARGUMENT',
      message
    })
  }
  const many = 'wanted an array or an iterable of pairs [id, document]'
  const pair = 'wanted a pair [id, document]'
  await refused(undefined, `documents are undefined, ${many}`)
  await refused({ 1: {} }, `documents are an object, ${many}`)
  await refused('12', `documents are a string, ${many}`)
  await refused([{ id: '1', year: 1 }], `an entry is an object, ${pair}`)
  await refused([['1']], `an entry is an array of 1, ${pair}`)
  await refused([['1', {}]], 'putMany is a function, wanted an object', () => 1)
  await refused([['1', {}]], 'putMany.onProgress is a number, wanted a function', { onProgress: 1 })
  t.is(notes.count(), 0)
})

test('Database: names that are no texts, fields and options that are no objects are refused in words', async (t) => {
  const db = await freshDatabase(t)
  const name = 7 as unknown as string
  const message = 'name of an index is a number, wanted a string'
  await t.throwsAsync(db.createIndex(name), { code: 'REQUEST_ARGUMENT', message })
  await t.throwsAsync(db.deleteIndex(name), { code: 'REQUEST_ARGUMENT', message })
  t.throws(() => db.index(name), { code: 'REQUEST_ARGUMENT', message })
  await t.throwsAsync(db.createIndex('notes', [] as unknown as Record<string, never>), {
    code: 'REQUEST_ARGUMENT',
    message: 'fields is an array, wanted an object'
  })
  const notes = await db.createIndex<Note>('notes', noteFields)
  await t.throwsAsync(notes.merge('1' as unknown as number), { code: 'REQUEST_ARGUMENT' })
  await t.throwsAsync(notes.merge(0), { code: 'QUERY_LIMIT' })
  await t.throwsAsync(open('/nowhere', null as unknown as object), {
    code: 'OPTION_INVALID',
    message: 'options are null, wanted an object'
  })
})
