/** A small index for tests of the engine: a keyword, a number, a vector (with hash terms) whose text is cut out, children. */
import { PageCache } from '../../src/cache/index.ts'
import { engineDefaults, openEngine } from '../../src/engine/index.ts'
import type { Engine, EngineOptions, LoggedDocument, Operation } from '../../src/engine/index.ts'
import type { Jobs, OpenEngineOptions, WriteConditions } from '../../src/engine/index.ts'
import { noMoreDocs, vectorText, verifySegment } from '../../src/segment/index.ts'
import type {
  FieldInfo,
  IndexableDoc,
  IndexableDocument,
  SegmentReader
} from '../../src/segment/index.ts'
import type { Store } from '../../src/store/index.ts'
import { hashQuery } from '../../src/vector/index.ts'

export const tagField: FieldInfo = {
  number: 1,
  name: 'tag',
  column: 'keyword',
  postings: 'docs',
  vector: null
}
export const countField: FieldInfo = {
  number: 2,
  name: 'count',
  column: 'long',
  postings: 'none',
  vector: null
}
export const vectorField: FieldInfo = {
  number: 3,
  name: 'v',
  column: null,
  postings: 'none',
  vector: {
    dims: 4,
    element: 'float32',
    space: 'l2',
    index: 'flat',
    m: 8,
    efConstruction: 40,
    codes: 'float32',
    hashes: { model: 'stableDistributions', dims: 4, tables: 6, functions: 2, width: 3 }
  }
}

/** What a test writes under an id. */
export type TestDocument = {
  readonly tag: string
  readonly count: number
  /** Children before the root. */
  readonly childCount?: number
  readonly routing?: string | null
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The vector that belongs to a document, so that it can be checked without keeping it. */
export function vectorOf(id: string, { tag, count }: TestDocument): Float32Array {
  let hash = 2_166_136_261
  for (const unit of `${id}|${tag}|${count}`)
    hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 16_777_619)
  return Float32Array.from({ length: 4 }, (_, at) => ((hash >>> (at * 8)) & 0xff) / 16)
}

export function documentOf(id: string, given: TestDocument): IndexableDocument {
  const before = `{"tag":${JSON.stringify(given.tag)},"count":${given.count},"children":${given.childCount ?? 0},"v":`
  const text = encoder.encode(`${before}}`)
  return indexable(
    {
      id,
      routing: given.routing ?? null,
      source: {
        text,
        cuts: [
          {
            offset: encoder.encode(before).length,
            field: vectorField.number,
            docOffset: given.childCount ?? 0,
            form: 'float32'
          }
        ]
      },
      vectors: [vectorOf(id, given)]
    },
    given
  )
}

/** The mapping's part at replay: from the source's text and the vectors that were cut out. */
export function parseLogged(logged: LoggedDocument): IndexableDocument {
  const text = decoder.decode(logged.source.text)
  const { tag, count, children } = JSON.parse(text.replace('"v":}', '"v":0}'))
  return indexable(logged, { tag, count, childCount: children })
}

function indexable(logged: LoggedDocument, given: TestDocument): IndexableDocument {
  const { id, routing, source, vectors } = logged
  const children = Array.from({ length: given.childCount ?? 0 }, (_, at): IndexableDoc => {
    const columns = [{ field: countField, values: [BigInt(at)] }]
    return { path: 'child', columns, terms: [], vectors: [], present: [] }
  })
  const root: IndexableDoc = {
    path: '',
    columns: [
      { field: tagField, values: [given.tag] },
      { field: countField, values: [BigInt(given.count)] }
    ],
    terms: [],
    vectors: vectors.map((vector) => ({ field: vectorField, vector })),
    present: []
  }
  return { id, routing, source, docs: [...children, root] }
}

/** The bytes that a reader must get back. */
export function sourceOf(id: string, given: TestDocument): string {
  const vector = vectorText(vectorOf(id, given), 'float32')
  return `{"tag":${JSON.stringify(given.tag)},"count":${given.count},"children":${given.childCount ?? 0},"v":${vector}}`
}

export function indexOp(
  id: string,
  given: TestDocument,
  conditions: WriteConditions = {},
  opType: 'index' | 'create' = 'index'
): Operation {
  return { type: 'index', opType, document: documentOf(id, given), conditions }
}

/** Documents `from` up to `to`, with their numbers as ids. */
export async function fillEngine(engine: Engine, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at)
  await engine.apply(numbers.map((count) => indexOp(`${count}`, { tag: 'a', count })))
}

export function deleteOp(id: string, conditions: WriteConditions = {}): Operation {
  return { type: 'delete', id, conditions }
}

export function newCache(store: Store): PageCache {
  return new PageCache({
    budgetBytes: 24 << 20,
    reserveBytes: 8 << 20,
    read: (key) => store.get(key)
  })
}

export type TestEngineOptions = Partial<EngineOptions> & {
  readonly cache?: PageCache
  readonly index?: number
  readonly jobs?: Jobs
  readonly mergePolicy?: NonNullable<OpenEngineOptions['mergePolicy']>
  readonly parse?: (logged: LoggedDocument) => IndexableDocument
  readonly parseInSteps?: OpenEngineOptions['parse']
  readonly now?: () => number
}

/** With a step behind each document. */
function inSteps(parse: (logged: LoggedDocument) => IndexableDocument): OpenEngineOptions['parse'] {
  return function* parseDocument(logged) {
    const document = parse(logged)
    yield
    return document
  }
}

/** An engine whose jobs the test starts by hand, unless told otherwise. */
export function openTestEngine(store: Store, given: TestEngineOptions = {}): Promise<Engine> {
  const { cache, index, jobs, mergePolicy, parse, parseInSteps, now, ...options } = given
  return openEngine({
    store,
    cache: cache ?? newCache(store),
    index: index ?? 7,
    parse: parseInSteps ?? inSteps(parse ?? parseLogged),
    options: { ...engineDefaults, automaticJobs: false, ...options },
    ...(jobs === undefined ? {} : { jobs }),
    ...(mergePolicy === undefined ? {} : { mergePolicy }),
    ...(now === undefined ? {} : { now })
  })
}

/** Everything that a searcher sees, id to source; an id that is there twice is a failure. */
export function contentsOf(engine: Engine): Map<string, string> {
  const searcher = engine.acquireSearcher()
  try {
    const found = new Map<string, string>()
    for (const { reader, docCount, liveDocs } of searcher.segments)
      for (let docId = 0; docId < docCount; docId++) {
        if (reader.parents !== null && !reader.parents.has(docId)) continue
        if (liveDocs !== null && !liveDocs.has(docId)) continue
        const stored = reader.stored(docId)
        if (found.has(stored.id)) throw new Error(`document ${stored.id} is there twice`)
        found.set(stored.id, decoder.decode(stored.source()))
      }
    if (found.size !== searcher.liveDocCount)
      throw new Error(`${found.size} live documents found, ${searcher.liveDocCount} counted`)
    return found
  } finally {
    searcher.release()
  }
}

/** Ids that the postings of a tag lead to. */
export function idsWithTag(engine: Engine, tag: string): string[] {
  const searcher = engine.acquireSearcher()
  try {
    const ids: string[] = []
    for (const { reader, docCount, liveDocs } of searcher.segments) {
      const postings = reader.terms(tagField.number)?.postings(tag) ?? null
      if (postings === null) continue
      for (let docId = postings.next(); docId !== noMoreDocs; docId = postings.next())
        if (docId < docCount && (liveDocs === null || liveDocs.has(docId)))
          ids.push(reader.stored(docId).id)
    }
    return ids.sort()
  } finally {
    searcher.release()
  }
}

/** What `verify` finds in all segments on disk, and vectors that are not found by their own hash terms. */
export function faultsOf(engine: Engine): string[] {
  const searcher = engine.acquireSearcher()
  try {
    const committed = new Set(
      engine
        .stats()
        .segments.filter((each) => each.committed)
        .map((each) => each.generation)
    )
    return searcher.segments
      .filter(({ reader }) => committed.has(reader.generation))
      .flatMap(({ reader }) => [...verifySegment(reader, true), ...hashFaults(reader)])
  } finally {
    searcher.release()
  }
}

function hashFaults(reader: SegmentReader): string[] {
  const index = reader.vectors(vectorField.number)?.index
  const hashes = index?.hashes
  if (index === undefined || hashes === null || hashes === undefined) return []
  const faults: string[] = []
  for (let ord = 0; ord < index.size; ord++) {
    const vector = index.vectorAt(ord)
    if (!(vector instanceof Float32Array)) throw new Error('the field has float32 vectors')
    const terms = hashQuery(hashes.spec, vector, 0)
    const { ords, counts } = hashes.candidates(terms, index.size, null)
    if (counts[ords.indexOf(ord)] !== terms.count) faults.push(`vector ${ord} lacks hash terms`)
  }
  return faults
}

/** Hash terms are never a graph: the same field without them. */
const { hashes: _hashes, ...plainVector } = vectorField.vector!
export const graphField: FieldInfo = {
  ...vectorField,
  vector: { ...plainVector, index: 'hnsw', codes: 'auto' }
}

export function withoutHashes(document: IndexableDocument): IndexableDocument {
  const docs = document.docs.map((doc) => ({
    ...doc,
    vectors: doc.vectors.map(({ vector }) => ({ field: graphField, vector }))
  }))
  return { ...document, docs }
}
