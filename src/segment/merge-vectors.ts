/** Merges vector fields: the rows of all sources in the order of the new documents, built into one index. */
import type { SourceDocs } from './merge-plan.ts'
import type { MergeSource } from './merge-source.ts'
import type { MergeAhead, MergeRun } from './merge-run.ts'
import { writeOrds } from './ords-writer.ts'
import type { VectorsInfo } from './segment-info.ts'
import type { FieldInfo, VectorReader } from './types.ts'
import { assert } from '../util/index.ts'
import { absentRow, chooseFormat, flatFormat } from '../vector/index.ts'
import type {
  BuildStart,
  Graph,
  HashSpec,
  PageSink,
  RowPostings,
  Vector,
  VectorIndexFormat,
  VectorRows,
  VectorSpec
} from '../vector/index.ts'

/** Where the rows come from: 12 bytes a vector, 4 more where they have hash terms, never the vectors themselves. */
type Rows = {
  readonly readers: VectorReader[]
  /** Whose the readers are. */
  readonly owners: MergeSource[]
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
    sink.put(kind, field.number, page, payload)
    return sink.due() ? sink.pause() : undefined
  }
  let done = 0
  const given = vectorRows(rows, spec)
  const format = formatOfRows(spec, given, run.flatBytesMax)
  const ahead = format.name === 'hnsw' ? await run.linkedAhead(field.number) : null
  const start = startOf(rows, spec, ahead)
  const { meta, rowOfOrd } = await format.build(given, spec, put, {
    ...run.build,
    ...(start === null ? {} : { start }),
    meanwhile: async () => void (await run.others()),
    onProgress(doneCount) {
      run.progress(doneCount - done)
      done = doneCount
    }
  })
  assert(rowOfOrd.length === rows.docs.length, 'an index has all its rows')
  const docs = new Uint32Array(rowOfOrd.length)
  for (let ord = 0; ord < docs.length; ord++) {
    docs[ord] = rows.docs[rowOfOrd[ord]!]!
    if (sink.due()) await sink.pause()
  }
  const ords = await writeOrds(sink, field.number, docs, plan.docCount)
  return { field: field.number, meta, ords }
}

/** A graph that is wanted may be left to a later merge: all that it is built from is there. */
function formatOfRows(spec: VectorSpec, rows: VectorRows, flatBytesMax: number): VectorIndexFormat {
  const format = chooseFormat(spec, rows.count)
  const isLeft = format.name === 'hnsw' && rows.row(0).byteLength * rows.count <= flatBytesMax
  return isLeft ? flatFormat : format
}

/**
 * Share of its nodes that must be live for a graph to be begun with. Measured (12,000 x 32, beam 16): a tenth deleted costs no
 * recall, half of them .01, and what is linked anew is not slower then.
 */
const liveShareMin = 0.7

/** What was linked already, in one graph, with the most live nodes; null: there is none worth it. */
function startOf(rows: Rows, spec: VectorSpec, ahead: MergeAhead | null): BuildStart | null {
  let [start, most]: [BuildStart | null, number] = [null, 0]
  for (const candidate of candidates(rows, spec, ahead)) {
    const live = liveCount(candidate.rowOfOrd)
    if (live <= most || live < candidate.graph.count * liveShareMin) continue
    ;[start, most] = [candidate, live]
  }
  return start
}

function* candidates(rows: Rows, spec: VectorSpec, ahead: MergeAhead | null): Iterable<BuildStart> {
  const { readers, owners } = rows
  const graphs = readers.map(({ index }) =>
    isSameIndex(index.spec, spec) ? (index.graph?.() ?? null) : null
  )
  if (ahead === null && graphs.every((graph) => graph === null)) return
  const rowOfOrd = rowsByOrd(rows)
  for (const [at, graph] of graphs.entries()) {
    if (graph === null) continue
    const page: Graph['page'] = (kind, number) =>
      owners[at]!.readOnce(() => graph.page(kind, number))
    yield { graph: { ...graph, page }, rowOfOrd: rowOfOrd[at]! }
  }
  if (ahead !== null) yield startAhead(ahead, owners, rowOfOrd)
}

/** By source: the row of each ordinal, absentRow where its document was deleted. */
function rowsByOrd({ readers, sources, ords }: Rows): Uint32Array[] {
  const rows = readers.map(({ index }) => new Uint32Array(index.size).fill(absentRow))
  for (let row = 0; row < ords.length; row++) rows[sources[row]!]![ords[row]!] = row
  return rows
}

function startAhead(
  { linked, parts }: MergeAhead,
  owners: readonly MergeSource[],
  rowOfOrd: readonly Uint32Array[]
): BuildStart {
  const rowsAhead = parts.reduce((most, { firstRow, count }) => Math.max(most, firstRow + count), 0)
  const rows = new Uint32Array(rowsAhead).fill(absentRow)
  for (const { generation, firstOrd, firstRow, count } of parts) {
    const at = owners.findIndex((owner) => owner.generation === generation)
    if (at >= 0) rows.set(rowOfOrd[at]!.subarray(firstOrd, firstOrd + count), firstRow)
  }
  const { graph, rowOfNode } = linked
  return { graph, rowOfOrd: rowOfNode.map((row) => rows[row]!) }
}

function liveCount(rowOfOrd: Uint32Array): number {
  let count = 0
  for (const row of rowOfOrd) if (row !== absentRow) count += 1
  return count
}

function isSameIndex(a: VectorSpec, b: VectorSpec): boolean {
  return (
    a.dims === b.dims &&
    a.element === b.element &&
    a.space === b.space &&
    a.m === b.m &&
    a.codes === b.codes
  )
}

function vectorRows(rows: Rows, spec: VectorSpec): VectorRows {
  const { readers, owners, sources, ords } = rows
  // A row is valid until the next one is asked for: one copy a source is enough.
  const copies: Vector[] = []
  const given: VectorRows = {
    count: ords.length,
    row(index) {
      const source = sources[index]!
      const { index: vectors } = readers[source]!
      const read = (): Vector => vectors.vectorAt(ords[index]!, copies[source])
      return (copies[source] = owners[source]!.readOnce(read))
    }
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
    owners: withVectors.map(({ reader }) => reader),
    sources: rows.sources.subarray(0, count),
    ords: rows.ords.subarray(0, count),
    docs: rows.docs.subarray(0, count)
  }
}
