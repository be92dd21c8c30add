/** Merges columns: the documents of each field first, then its values in the order of the new documents. */
import type { ColumnInfo } from './column-format.ts'
import { DictionaryWriter } from './dictionary-writer.ts'
import type { DictionaryInfo } from './dictionary-format.ts'
import { writeDocSet } from './doc-set-writer.ts'
import type { SourceDocs } from './merge-plan.ts'
import type { MergeRun } from './merge-run.ts'
import { mergeSorted } from './merge-sorted.ts'
import { PackedWriter } from './packed-writer.ts'
import type { ColumnKind, ColumnReader, PostingsIterator } from './types.ts'
import { BitSet } from '../util/index.ts'

type ColumnSource = {
  readonly source: SourceDocs
  readonly column: ColumnReader
  readonly docs: () => PostingsIterator
}

export async function mergeColumns(run: MergeRun): Promise<ColumnInfo[]> {
  const infos: ColumnInfo[] = []
  for (const { number } of run.plan.fields) {
    const sources = columnSources(run.plan.sources, number)
    if (sources.length === 0) continue
    const info = await mergeColumn(run, number, sources)
    if (info !== null) infos.push(info)
  }
  return infos
}

function columnSources(sources: readonly SourceDocs[], field: number): ColumnSource[] {
  const found: ColumnSource[] = []
  for (const source of sources) {
    const column = source.reader.column(field)
    if (column !== null)
      found.push({ source, column, docs: () => source.reader.columnDocs(field)! })
  }
  return found
}

async function mergeColumn(
  run: MergeRun,
  field: number,
  sources: readonly ColumnSource[]
): Promise<ColumnInfo | null> {
  const docs = new BitSet(run.plan.docCount)
  let multiValued = false
  for (const { source, column, docs: columnDocs } of sources) {
    await source.forEachLive(columnDocs(), run.sink, (docId, newDoc) => {
      docs.add(newDoc)
      multiValued ||= column.count(docId) > 1
    })
  }
  if (docs.next(0) < 0) return null
  const { kind } = sources[0]!.column
  const keywords = kind === 'keyword' ? await mergeKeywords(run, sources) : null
  const { ends, values } = await mergeValues(run, sources, kind, multiValued, keywords?.ordMaps)
  return {
    field,
    kind,
    docs: writeDocSet(run.stream('columns'), docs),
    ends,
    values,
    dictionary: keywords?.dictionary ?? null
  }
}

async function mergeValues(
  run: MergeRun,
  sources: readonly ColumnSource[],
  kind: ColumnKind,
  multiValued: boolean,
  ordMaps: readonly Int32Array[] | undefined
): Promise<Pick<ColumnInfo, 'ends' | 'values'>> {
  const stream = run.stream('columns')
  const values = new PackedWriter(stream, kind === 'long' ? 'long' : 'number')
  const ends = multiValued ? new PackedWriter(stream, 'number') : null
  let total = 0
  for (let at = 0; at < sources.length; at++) {
    const { source, column, docs: columnDocs } = sources[at]!
    const ordMap = ordMaps?.[at]
    const docs = columnDocs()
    for (let doc = docs.next(); doc < source.docCount; doc = docs.next()) {
      if (source.newDoc(doc) < 0) continue
      const count = column.count(doc)
      for (let value = 0; value < count; value++) {
        if (ordMap !== undefined) values.addNumber(ordMap[column.ordAt(doc, value)]!)
        else if (kind === 'long') values.addLong(column.longAt(doc, value))
        else values.addNumber(column.doubleAt(doc, value))
        // One document may have hundreds of thousands.
        if (run.sink.due()) await run.sink.pause()
      }
      total += count
      ends?.addNumber(total)
    }
  }
  return { ends: ends?.finish() ?? null, values: values.finish() }
}

/** One dictionary of the values that live documents have, and per source the new ordinals of its own. */
async function mergeKeywords(
  run: MergeRun,
  sources: readonly ColumnSource[]
): Promise<{ dictionary: DictionaryInfo; ordMaps: Int32Array[] }> {
  const writer = new DictionaryWriter(run.stream('columns'), 0)
  const ordMaps = sources.map(({ column }) => new Int32Array(column.valueCount).fill(-1))
  const live: ReturnType<typeof keywordsOf>[] = []
  for (const source of sources) live.push(keywordsOf(source.column, await usedOrds(run, source)))
  for (const { term, found } of mergeSorted(live)) {
    const ord = writer.add(term)
    for (const { source, entry } of found) ordMaps[source]![entry.ord] = ord
    if (run.sink.due()) await run.sink.pause()
  }
  return { dictionary: writer.finish(), ordMaps }
}

/** Ordinals that live documents have; null when all documents are live: then all are used. */
async function usedOrds(
  run: MergeRun,
  { source, column, docs }: ColumnSource
): Promise<BitSet | null> {
  if (!source.hasDeletes) return null
  const used = new BitSet(column.valueCount)
  await source.forEachLive(docs(), run.sink, (docId) => {
    const count = column.count(docId)
    for (let at = 0; at < count; at++) used.add(column.ordAt(docId, at))
  })
  return used
}

function* keywordsOf(
  column: ColumnReader,
  used: BitSet | null
): Iterable<{ readonly term: string; readonly ord: number }> {
  for (let ord = 0; ord < column.valueCount; ord++)
    if (used?.has(ord) ?? true) yield { term: column.keywordOf(ord), ord }
}
