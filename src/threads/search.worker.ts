/** A thread that searches vector indices of the first one over its memory, and reads misses itself; search-threads.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { ThreadPages } from '../cache/index.ts'
import type { SharedVectors } from '../segment/index.ts'
import { openLevelReader, pageKeys } from '../store/index.ts'
import type { SegmentKind } from '../store/index.ts'
import { assert, BitSet, VectorStoreError } from '../util/index.ts'
import { formatOf, NearestSoFar, reserveMarks } from '../vector/index.ts'
import type { PageSource, VectorIndex, VectorSearchResult } from '../vector/index.ts'
import type { SentRequest, ThreadAnswer, ThreadRequest, ThreadStart } from './types.ts'

type OpenVectors = { readonly index: VectorIndex; readonly source: PageSource; close(): void }

const start = workerData as ThreadStart
const reader = await openLevelReader(start.readersPath)
const pages = new ThreadPages({
  ...start,
  read: (key) => reader.get(key),
  discard: (payload) => reader.discard(payload)
})
const known = new Map<number, SharedVectors>()
const opened = new Map<number, OpenVectors>()
/** Vectors of the largest index that there is room for. */
let countMax = 0

function openVectors({ meta, tables, index, generation, field }: SharedVectors): OpenVectors {
  const source = pages.source(tables, (kind) =>
    pageKeys(index, generation, kind as SegmentKind, field)
  )
  const vectors = formatOf(meta.format, meta.version).open(meta, source)
  const close = (): void => {
    vectors.close()
    source.close()
  }
  return { index: vectors, source, close }
}

function vectorsOf(id: number): OpenVectors {
  const before = opened.get(id)
  if (before !== undefined) return before
  const shared = known.get(id)
  assert(shared !== undefined, 'an index is told of before it is searched')
  const vectors = openVectors(shared)
  opened.set(id, vectors)
  return vectors
}

function search(id: number, sent: SentRequest): VectorSearchResult {
  const { index, source } = vectorsOf(id)
  reserveMarks(source, countMax)
  const accept = sent.accept === null ? null : new BitSet(index.size, sent.accept)
  const nearest = sent.nearest === null ? undefined : NearestSoFar.over(sent.nearest)
  return index.search({ ...sent, accept, nearest })
}

function answer({ number, vectors, request }: Extract<ThreadRequest, { type: 'search' }>): void {
  const send = (one: Omit<ThreadAnswer, 'number'>): void =>
    parentPort?.postMessage({ number, ...one }, [])
  try {
    send({ result: search(vectors, request), error: null })
  } catch (error) {
    // Anything else is a fault of this code: the thread ends with it.
    if (!(error instanceof VectorStoreError)) throw error
    const { code, message, details } = error
    send({ result: null, error: { code, message, details } })
  }
}

async function stop(): Promise<void> {
  await reader.close()
  parentPort?.close()
}

parentPort?.on('message', (request: ThreadRequest) => {
  switch (request.type) {
    case 'chunk':
      pages.addChunk(request.chunk)
      countMax = request.countMax
      return
    case 'open':
      known.set(request.vectors, request.shared)
      return
    case 'close':
      known.delete(request.vectors)
      opened.get(request.vectors)?.close()
      opened.delete(request.vectors)
      return
    case 'search':
      answer(request)
      return
    case 'stop':
      void stop()
  }
})
