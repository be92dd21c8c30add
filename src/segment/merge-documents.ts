/** The parts of a merge that belong to documents as a whole: tree, ids, stored sources, fields that are only there. */
import { BloomFilter } from './bloom-format.ts'
import type { BloomInfo } from './bloom-format.ts'
import { RangeIterator } from './doc-iterator.ts'
import { DictionaryWriter } from './dictionary-writer.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import { docIdsWriter } from './doc-ids-writer.ts'
import type { DocIdsInfo, IdLengths } from './doc-ids-format.ts'
import { writeDocSet } from './doc-set-writer.ts'
import type { DocSetInfo } from './doc-set-format.ts'
import type { SourceDocs } from './merge-plan.ts'
import type { MergeRun } from './merge-run.ts'
import { mergeSorted } from './merge-sorted.ts'
import { PackedWriter } from './packed-writer.ts'
import { streamPageBytes } from './page-stream-format.ts'
import type { SegmentInfo, PresentInfo } from './segment-info.ts'
import { StoredWriter } from './stored-writer.ts'
import type { StoredInfo } from './stored-format.ts'
import { BitSet, compareTerms } from '../util/index.ts'

export async function mergeParents({ plan, sink, stream }: MergeRun): Promise<DocSetInfo | null> {
  if (plan.rootCount === plan.docCount) return null
  const parents = new BitSet(plan.docCount)
  for (const source of plan.sources) {
    const all = new RangeIterator(source.docCount)
    await source.forEachLive(all, sink, (docId, newDoc) => {
      if (source.reader.parents?.has(docId) ?? true) parents.add(newDoc)
    })
  }
  return writeDocSet(stream('parents'), parents)
}

export async function mergePaths(run: MergeRun): Promise<SegmentInfo['paths']> {
  const { plan, sink } = run
  if (plan.rootCount === plan.docCount) return null
  const numbers = new PackedWriter(run.stream('paths'), 'number')
  const names = new Map<string, number>()
  for (const { reader, docCount, newDoc } of plan.sources.map(bound)) {
    for (let docId = 0; docId < docCount; docId++) {
      if (newDoc(docId) < 0) continue
      const path = reader.pathOf(docId)
      const number = names.get(path) ?? names.size
      names.set(path, number)
      numbers.addNumber(number)
      if (sink.due()) await sink.pause()
    }
  }
  return { names: [...names.keys()], numbers: numbers.finish() }
}

type MergedIds = {
  readonly ids: DictionaryInfo
  readonly bloom: BloomInfo
  readonly lengths: IdLengths
}

/** The sorted ids of live root documents, and their Bloom filter. */
export async function mergeIds(run: MergeRun): Promise<MergedIds> {
  const { plan, sink } = run
  const dictionary = new DictionaryWriter(run.stream('ids'), 1)
  const filter = BloomFilter.of(plan.rootCount)
  let longestBytes = 0
  let totalBytes = 0
  for (const { term, found } of mergeSorted(plan.sources.map(liveIds))) {
    for (const { entry } of found) dictionary.add(term, entry.newDoc)
    filter.add(term)
    const bytes = Buffer.byteLength(term)
    longestBytes = Math.max(longestBytes, bytes)
    totalBytes += bytes
    if (sink.due()) await sink.pause()
  }
  const ids = dictionary.finish()
  const bits = new Uint8Array(filter.bits.words.buffer)
  for (let page = 0; page * streamPageBytes < bits.length; page++)
    sink.put('bloom', 0, page, bits.subarray(page * streamPageBytes, (page + 1) * streamPageBytes))
  const lengths = { longestBytes, totalBytes }
  return { ids, bloom: { bitCount: filter.bits.capacity }, lengths }
}

function* liveIds(source: SourceDocs): Iterable<{ term: string; newDoc: number }> {
  for (const { id, docId } of source.reader.ids()) {
    const newDoc = source.newDoc(docId)
    if (newDoc >= 0) yield { term: id, newDoc }
  }
}

export async function mergeStored(run: MergeRun): Promise<StoredInfo> {
  const { plan, sink } = run
  const writer = new StoredWriter(sink, run.stream('storedIndex'))
  for (const { reader, docCount, newDoc } of plan.sources.map(bound)) {
    for (let docId = 0; docId < docCount; docId++) {
      const target = newDoc(docId)
      if (target < 0) continue
      if (reader.parents?.has(docId) ?? true) writer.add(target, reader.storedBody(docId))
      run.progress(1)
      if (sink.due()) await sink.pause()
    }
  }
  return writer.finish()
}

export async function mergeDocIds(run: MergeRun, lengths: IdLengths): Promise<DocIdsInfo> {
  const { plan, sink } = run
  const writer = docIdsWriter(run.stream('docIds'), lengths, plan.docCount)
  for (const { reader, docCount, newDoc } of plan.sources.map(bound)) {
    for (let docId = 0; docId < docCount; docId++) {
      if (newDoc(docId) < 0) continue
      writer.add((reader.parents?.has(docId) ?? true) ? reader.idOf(docId) : '')
      if (sink.due()) await sink.pause()
    }
  }
  return writer.finish()
}

export async function mergePresent(run: MergeRun): Promise<PresentInfo[]> {
  const { plan, sink } = run
  const names = new Set(plan.sources.flatMap(({ reader }) => reader.presentNames))
  const infos: PresentInfo[] = []
  for (const name of [...names].sort(compareTerms)) {
    const docs = new BitSet(plan.docCount)
    for (const source of plan.sources) {
      const present = source.reader.presentDocs(name)
      if (present !== null) await source.forEachLive(present, sink, (_, newDoc) => docs.add(newDoc))
    }
    if (docs.count() > 0) infos.push({ name, docs: writeDocSet(run.stream('present'), docs) })
  }
  return infos
}

function bound(source: SourceDocs): {
  reader: SourceDocs['reader']
  docCount: number
  newDoc: (docId: number) => number
} {
  return {
    reader: source.reader,
    docCount: source.docCount,
    newDoc: (docId) => source.newDoc(docId)
  }
}
