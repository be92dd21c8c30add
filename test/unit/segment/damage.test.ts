import test from 'ava'
import { openSegment, verifySegment } from '../../../src/segment/index.ts'
import type { DiskSegment, FieldInfo, IndexableDocument } from '../../../src/segment/index.ts'
import { PageCache } from '../../../src/cache/index.ts'
import { parseKey, segmentRange } from '../../../src/store/index.ts'
import type { KeyParts } from '../../../src/store/index.ts'
import { assert, VectorStoreError } from '../../../src/util/index.ts'
import { hashQuery } from '../../../src/vector/index.ts'
import { bitsOf, fields, randomGroups, randomOf } from '../../support/segment-documents.ts'
import { indexNumber, SegmentStore } from '../../support/segment-store.ts'

/** The same segment with a cold cache. */
function reopened(store: SegmentStore, { info }: DiskSegment): DiskSegment {
  const read = (key: Uint8Array): Uint8Array => store.store.get(key)
  const cache = new PageCache({ budgetBytes: 16 * 2 ** 20, reserveBytes: 0, read })
  return openSegment({ info, index: indexNumber, store: store.store, cache })
}

async function keysOf(
  store: SegmentStore,
  generation: number
): Promise<{ key: Uint8Array; parts: KeyParts }[]> {
  const keys: { key: Uint8Array; parts: KeyParts }[] = []
  await store.store.scan(segmentRange(indexNumber, generation), (key) => {
    keys.push({ key: key.slice(), parts: parseKey(key)! })
  })
  return keys
}

/** Asks for everything a segment has. */
function readAll(segment: DiskSegment): void {
  for (let doc = 0; doc < segment.docCount; doc++) {
    segment.pathOf(doc)
    if (!(segment.parents?.has(doc) ?? true)) continue
    const stored = segment.stored(doc)
    stored.source()
    segment.docIdOf(segment.idOf(doc))
  }
  for (const field of [...segment.fields, fields.object]) readField(segment, field)
}

function readField(segment: DiskSegment, field: FieldInfo): void {
  const terms = segment.terms(field.number)
  const column = segment.column(field.number)
  const docs = segment.docsWithField(field)
  for (let doc = docs.next(); doc < segment.docCount; doc = docs.next()) {
    terms?.lengthOf(doc)
    for (let at = (column?.count(doc) ?? 0) - 1; at >= 0; at--)
      if (column!.kind === 'keyword') column!.keywordOf(column!.ordAt(doc, at))
      else column!.doubleAt(doc, at)
  }
  terms?.visitTerms('', (term) => {
    const postings = terms.postings(term)!
    for (let doc = postings.next(); doc < segment.docCount; doc = postings.next())
      postings.positions()
    return true
  })
  readVectors(segment, field)
}

function readVectors(segment: DiskSegment, field: FieldInfo): void {
  const vectors = segment.vectors(field.number)
  for (let ord = 0; ord < (vectors?.index.size ?? 0); ord++) vectors!.index.vectorAt(ord)
  const hashes = vectors?.index.hashes ?? null
  if (hashes === null) return
  const query = vectors!.index.vectorAt(0)
  assert(query instanceof Float32Array || query instanceof Int32Array, 'hashed vectors')
  hashes.candidates(hashQuery(hashes.spec, query, 0), 5, null)
  const { size, spec } = vectors!.index
  const all = Uint32Array.from({ length: size }, (_, ord) => ord)
  vectors!.index.rawValues(query, spec.space, all)
  const entries = hashes.entries()
  while (entries.next()) entries.visit(() => {})
}

test('openSegment: a page or record that is missing or flipped is an error, whatever it holds', async (t) => {
  const store = await SegmentStore.open()
  const segment = await store.flush(randomGroups(randomOf(30), 120))
  t.notThrows(() => readAll(reopened(store, segment)))
  t.deepEqual(verifySegment(reopened(store, segment), true), [])
  const kinds = new Set<string>()
  for (const { key, parts } of await keysOf(store, segment.generation)) {
    kinds.add(parts.kind)
    const name = `${parts.kind} of field ${parts.field}, page ${parts.page}`
    const value = store.level.getSync(key)!
    const flipped = value.slice()
    flipped[flipped.length >>> 1]! ^= 4
    await store.level.batch([{ type: 'put', key, value: flipped }])
    t.throws(() => readAll(reopened(store, segment)), { code: 'STORE_CHECKSUM' }, name)
    t.not(verifySegment(reopened(store, segment), false).length, 0, name)
    await store.level.batch([{ type: 'del', key }])
    t.throws(() => readAll(reopened(store, segment)), { code: 'STORE_MISSING' }, name)
    t.not(verifySegment(reopened(store, segment), false).length, 0, name)
    await store.level.batch([{ type: 'put', key, value }])
  }
  t.deepEqual([...kinds].sort(), [
    'bloom',
    'columns',
    'docIds',
    'fieldNorms',
    'hashPostings',
    'hashTerms',
    'ids',
    'ords',
    'parents',
    'paths',
    'postings',
    'present',
    'rowListStarts',
    'rowLists',
    'rowStarts',
    'stored',
    'storedIndex',
    'terms',
    'vectors'
  ])
  t.deepEqual(verifySegment(reopened(store, segment), true), [])
})

test('verifySegment: a write buffer is checked like a segment', async (t) => {
  const store = await SegmentStore.open()
  const buffer = store.buffer(randomGroups(randomOf(29), 150))
  buffer.delete(buffer.docIdOf('id-3'))
  t.deepEqual(verifySegment(buffer.view().reader, true), [])
})

test('openSegment: reads nothing, and a lookup of an absent id only the Bloom filter', async (t) => {
  const store = await SegmentStore.open()
  const segment = await store.flush(randomGroups(randomOf(31), 120))
  const kinds: string[] = []
  const get = (key: Uint8Array): Uint8Array => {
    kinds.push(parseKey(key)!.kind)
    return store.store.get(key)
  }
  const cache = new PageCache({ budgetBytes: 16 * 2 ** 20, reserveBytes: 0, read: get })
  const cold = openSegment({ info: segment.info, index: indexNumber, store: { get }, cache })
  t.deepEqual(kinds, [])
  t.is(cold.docIdOf('absent'), -1)
  t.deepEqual(kinds, ['bloom'])
  t.is(cold.docIdOf('id-7'), segment.docIdOf('id-7'))
  t.deepEqual(kinds, ['bloom', 'ids'])
  cold.close()
})

test('openSegment: a newer or older format is refused by its number', async (t) => {
  const store = await SegmentStore.open()
  const { info } = await store.flush(randomGroups(randomOf(32), 3))
  for (const format of [info.format + 1, info.format - 1]) {
    const of = { index: indexNumber, store: store.store, cache: store.cache }
    t.throws(() => openSegment({ ...of, info: { ...info, format } }), {
      code: 'STORE_FORMAT',
      message: new RegExp(`format ${format}, wanted ${info.format}$`)
    })
  }
})

test('close: gives back every frame and table', async (t) => {
  const store = await SegmentStore.open()
  const segment = await store.flush(randomGroups(randomOf(33), 200))
  readAll(segment)
  segment.close()
  const before = store.cache.stats()
  for (let round = 0; round < 3; round++) {
    const again = store.open(segment.info)
    readAll(again)
    again.close()
    again.close()
  }
  const after = store.cache.stats()
  t.is(after.allocatedBytes, before.allocatedBytes)
  for (const [kind, { residentBytes }] of Object.entries(after.kinds)) t.is(residentBytes, 0, kind)
})

test('search: damage to a graph or its codes costs time, not answers, and is noted', async (t) => {
  const random = randomOf(34)
  const store = await SegmentStore.open()
  const spec = {
    dims: 8,
    element: 'float32',
    space: 'l2',
    index: 'hnsw',
    m: 4,
    efConstruction: 16,
    codes: 'auto'
  } as const
  const field: FieldInfo = { ...fields.vector, vector: spec }
  const groups = Array.from({ length: 10_500 }, (_, at) => {
    const vectors = [{ field, vector: Float32Array.from({ length: 8 }, () => random() * 2 - 1) }]
    const docs = [{ path: '', columns: [], terms: [], vectors, present: [] }]
    const source = { text: Buffer.from('{}'), cuts: [] }
    const document: IndexableDocument = { id: `${at}`, routing: null, source, docs }
    return { document, seqNo: at, version: 1, text: '{}' }
  })
  const segment = await store.flush(groups)
  t.is(segment.info.vectors[0]!.meta.format, 'hnsw')
  const query = Float32Array.from({ length: 8 }, () => random() * 2 - 1)
  const request = {
    query,
    k: 10,
    candidates: 200,
    rescore: 0,
    accept: null,
    strategy: 'graph'
  } as const
  const exact = segment.vectors(field.number)!.index.search({ ...request, strategy: 'exact' })
  t.deepEqual(segment.damaged, [])
  for (const { key, parts } of await keysOf(store, segment.generation))
    if (parts.kind === 'lists') await store.level.batch([{ type: 'del', key }])
  const damaged = reopened(store, segment)
  const { index } = damaged.vectors(field.number)!
  for (let round = 0; round < 2; round++) {
    const result = index.search(request)
    t.deepEqual(result.ords, exact.ords)
    t.deepEqual(result.values, exact.values)
    t.is(result.strategy, 'exact')
  }
  t.is(damaged.damaged.length, 1)
  t.is(damaged.damaged[0]!.field, field.number)
  t.true(damaged.damaged[0]!.error instanceof VectorStoreError)
  t.not(verifySegment(reopened(store, segment), true).length, 0)
  const few = index.search({ ...request, k: 3, accept: bitsOf(segment.docCount, [5, 70, 900]) })
  t.deepEqual(
    [...few.ords].sort((a, b) => a - b),
    [5, 70, 900]
  )
})
