/** Merges vector fields: the rows of all sources in the order of the new documents, built into one index. */
import type { SourceDocs } from './merge-plan.ts'
import type { MergeRun } from './merge-run.ts'
import { writeOrds } from './ords-writer.ts'
import type { VectorsInfo } from './segment-info.ts'
import type { FieldInfo, VectorReader } from './types.ts'
import { assert } from '../util/index.ts'
import { chooseFormat } from '../vector/index.ts'
import type { HashSpec, PageSink, RowPostings, VectorRows, VectorSpec } from '../vector/index.ts'

/** Where the rows come from: 12 bytes a vector, 4 more where they have hash terms, never the vectors themselves. */
type Rows = {
  readonly readers: VectorReader[]
  readonly sources: Uint32Array
  readonly ords: Uint32Array
  readonly docs: Uint32Array
}

export function countVectors(run: Pick<MergeRun, 'plan'>): number {
  let total = 0
  for (const field of run.plan.fields) {
    if (field.vector === null) continue
    for (const { reader } of run.plan.sources)
      total += reader.vectors(field.number)?.index.size ?? 0
  }
  return total
}

export async function mergeVectors(run: MergeRun): Promise<VectorsInfo[]> {
  const infos: VectorsInfo[] = []
  for (const field of run.plan.fields) {
    if (field.vector === null) continue
    const rows = await collectRows(run, field.number)
    if (rows.docs.length > 0) infos.push(await buildField(run, field, rows))
  }
  return infos
}

async function buildField(run: MergeRun, field: FieldInfo, rows: Rows): Promise<VectorsInfo> {
  const { sink, plan } = run
  const spec = field.vector
  assert(spec !== null, 'a field with vectors has a spec')
  const put: PageSink = (kind, page, payload) => {
    assert(kind !== 'ords', 'ords are the pages of the segment')
    sink.put(kind, field.number, page, payload.slice())
    return sink.due() ? sink.pause() : undefined
  }
  let done = 0
  const format = chooseFormat(spec, rows.docs.length)
  const given = vectorRows(rows, spec)
  const { meta, rowOfOrd } = await format.build(given, spec, put, {
    ...run.build,
    onProgress(doneCount) {
      run.progress(doneCount - done)
      done = doneCount
    }
  })
  assert(rowOfOrd.length === rows.docs.length, 'an index has all its rows')
  const docs = new Uint32Array(rowOfOrd.length)
  for (let ord = 0; ord < docs.length; ord++) docs[ord] = rows.docs[rowOfOrd[ord]!]!
  return { field: field.number, meta, ords: writeOrds(sink, field.number, docs, plan.docCount) }
}

function vectorRows(rows: Rows, spec: VectorSpec): VectorRows {
  const { readers, sources, ords } = rows
  const given: VectorRows = {
    count: ords.length,
    row: (index) => readers[sources[index]!]!.index.vectorAt(ords[index]!)
  }
  const postings = spec.hashes === undefined ? null : rowPostings(rows, spec.hashes)
  return postings === null ? given : { ...given, postings }
}

/** null: a source was hashed by another model, or not at all, and all rows must be hashed. */
function rowPostings(rows: Rows, spec: HashSpec): RowPostings[] | null {
  const { readers, sources, ords } = rows
  const postings: RowPostings[] = []
  for (const { index } of readers) {
    const { hashes } = index
    if (hashes === null || !isSameModel(hashes.spec, spec)) return null
    const rowOfOrd = new Int32Array(index.size).fill(-1)
    postings.push({ entries: () => hashes.entries(), rowOfOrd })
  }
  for (let row = 0; row < ords.length; row++) postings[sources[row]!]!.rowOfOrd[ords[row]!] = row
  return postings
}

function isSameModel(a: HashSpec, b: HashSpec): boolean {
  const options = new Map<string, unknown>(Object.entries(b))
  const names = Object.entries(a)
  return (
    names.length === options.size && names.every(([name, value]) => options.get(name) === value)
  )
}

async function collectRows(run: MergeRun, field: number): Promise<Rows> {
  const withVectors = run.plan.sources.filter(({ reader }) => reader.vectors(field) !== null)
  const readers = withVectors.map(({ reader }) => reader.vectors(field)!)
  const countMax = readers.reduce((total, { index }) => total + index.size, 0)
  const rows = {
    sources: new Uint32Array(countMax),
    ords: new Uint32Array(countMax),
    docs: new Uint32Array(countMax)
  }
  let count = 0
  for (let at = 0; at < withVectors.length; at++) {
    const source: SourceDocs = withVectors[at]!
    const docs = source.reader.vectorDocs(field)!
    for (let doc = docs.next(); doc < source.docCount; doc = docs.next()) {
      const newDoc = source.newDoc(doc)
      if (newDoc < 0) continue
      rows.sources[count] = at
      rows.ords[count] = readers[at]!.ordOf(doc)
      rows.docs[count] = newDoc
      count += 1
      if (run.sink.due()) await run.sink.pause()
    }
  }
  return {
    readers,
    sources: rows.sources.subarray(0, count),
    ords: rows.ords.subarray(0, count),
    docs: rows.docs.subarray(0, count)
  }
}
