/**
 * Has vectors of write buffers linked while more documents arrive: a load keeps one thread busy with parsing, and the graph of
 * what is there already can be linked meanwhile on another. The next merge that builds a graph of them begins with it.
 *
 * Only where nothing is linked yet: once a segment has a graph, merges begin with that. Rows are read from write buffers only; a
 * flush that leaves vectors without a graph takes its part along, as their order stays. Whatever does not fit (deletes, other
 * merges, an index that was read again) drops it all: nothing depends on it. Where other processes want the cores no round is
 * begun: a load over HTTP whose client works beside it lost 4 % by them.
 */
import { SpareCores, VectorStoreError } from '../util/index.ts'
import { chooseFormat, GraphAhead, vectorByteLength } from '../vector/index.ts'
import { WriteBuffer } from './leaf.ts'
import type { CommittedSegment, Leaf } from './leaf.ts'
import type { IndexState } from './index-state.ts'
import type { EngineOptions } from './types.ts'
import type { FieldInfo, MergeAhead, SegmentView } from '../segment/index.ts'
import type { Vector, VectorIndex, VectorRows, VectorSpec } from '../vector/index.ts'

/** Rows `firstRow` .. of a graph are the vectors `firstOrd` .. of a leaf. */
type Part = {
  readonly leaf: Leaf
  readonly firstOrd: number
  readonly firstRow: number
  readonly count: number
}

type FieldAhead = { readonly graph: GraphAhead; parts: readonly Part[] }

export type VectorsAheadOptions = {
  readonly options: Pick<EngineOptions, 'threads' | 'seed'>
  /** Bytes of vectors above which no more are linked: a merge takes them then. */
  readonly vectorBytesMax: number
  readonly onFailure: (error: unknown) => void
}

/** Operations between two looks at what has come. */
const stepOperations = 2_048
/** Vectors of a first round: the range of codes is a sample of them, and a thread is started for it. */
const firstRows = 8_192
/** Each round copies the graph of the one before: it adds this share of it at least. */
const growthShareMin = 0.25
/** The caller's thread takes one. */
const spareCoresMin = 1.75

export class VectorsAhead {
  readonly #options: VectorsAheadOptions
  readonly #fields = new Map<number, FieldAhead>()
  readonly #cores = new SpareCores()
  #lookedSeqNo = -1
  #ended = false

  constructor(options: VectorsAheadOptions) {
    this.#options = options
  }

  /** After writes. */
  look(state: Pick<IndexState, 'segments' | 'buffers' | 'publishedSeqNo'>): void {
    // One thread makes the same graph of the same documents, whenever they came.
    if (this.#options.options.threads < 2 || this.#ended) return
    if (state.publishedSeqNo - this.#lookedSeqNo < stepOperations) return
    this.#lookedSeqNo = state.publishedSeqNo
    this.#orNothing(() => this.#lookAt(state))
  }

  /** A cache without room for the tables of a segment: who asked for something else is not to hear of it. */
  #orNothing(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof VectorStoreError)) throw error
      for (const field of this.#fields.keys()) this.#drop(field)
    }
  }

  #lookAt(state: Pick<IndexState, 'segments' | 'buffers'>): void {
    const hasCore = this.#cores.look() >= spareCoresMin
    const views = new Map<Leaf, SegmentView>()
    for (const leaf of [...state.segments, ...state.buffers]) views.set(leaf, leaf.view())
    for (const { reader } of views.values())
      for (const field of reader.fields)
        if (field.vector !== null) this.#grow(views, field, hasCore)
  }

  #grow(
    views: ReadonlyMap<Leaf, SegmentView>,
    { number, vector: spec }: FieldInfo,
    hasCore: boolean
  ): void {
    const ahead = this.#fields.get(number)
    if (spec === null || ahead?.graph.isBusy === true || ahead?.graph.hasFailed === true) return
    const known = ahead?.parts ?? []
    if (!fits(known, views, number)) {
      this.#drop(number)
      return
    }
    if (!hasCore) return
    const parts = [...known, ...partsSince(known, views, number)]
    if (this.#isEnough(spec, rowCount(known), rowCount(parts)))
      this.#begin(number, spec, parts, views)
  }

  #isEnough(spec: VectorSpec, before: number, now: number): boolean {
    if (now < firstRows || now - before < Math.max(1, before * growthShareMin)) return false
    if (now * vectorByteLength(spec) > this.#options.vectorBytesMax) return false
    return chooseFormat(spec, now).name === 'hnsw'
  }

  #begin(
    field: number,
    spec: VectorSpec,
    parts: readonly Part[],
    views: ReadonlyMap<Leaf, SegmentView>
  ): void {
    const { options, onFailure } = this.#options
    const ahead = this.#fields.get(field) ?? {
      graph: new GraphAhead(spec, options.seed, onFailure),
      parts
    }
    ahead.parts = parts
    this.#fields.set(field, ahead)
    void readPinned(parts, () => ahead.graph.add(rowsOf(parts, views, field)))
  }

  /** After a commit point: `removed` became `added`. `removed` was without deletes where `isWhole`. */
  replaced(removed: readonly Leaf[], added: CommittedSegment | null, isWhole: boolean): void {
    this.#orNothing(() => this.#replace(removed, added, isWhole))
  }

  #replace(removed: readonly Leaf[], added: CommittedSegment | null, isWhole: boolean): void {
    for (const [field, ahead] of this.#fields) {
      if (!ahead.parts.some(({ leaf }) => removed.includes(leaf))) continue
      const index = added?.reader.vectors(field)?.index
      if (added === null || !isWhole || index?.format.name !== 'flat') {
        this.#drop(field)
        continue
      }
      const firstOrds = firstOrdsOf(removed, field)
      ahead.parts = ahead.parts.map((part) => {
        const firstOrd = firstOrds.get(part.leaf)
        if (firstOrd === undefined) return part
        return { ...part, leaf: added, firstOrd: firstOrd + part.firstOrd }
      })
    }
  }

  /** What is linked of a merge's sources; null where other vectors are linked too. Nothing is linked ahead of it any more. */
  async take(field: number, sources: readonly Leaf[]): Promise<MergeAhead | null> {
    const ahead = this.#fields.get(field)
    if (ahead === undefined || !ahead.parts.every(({ leaf }) => sources.includes(leaf))) return null
    this.#fields.delete(field)
    const parts = ahead.parts.map(({ leaf, ...part }) => ({
      generation: leaf.generation,
      ...part
    }))
    const linked = await ahead.graph.take()
    return linked === null ? null : { linked, parts }
  }

  #drop(field: number): void {
    const ahead = this.#fields.get(field)
    this.#fields.delete(field)
    void ahead?.graph.close()
  }

  /** Resolves when no thread is at work any more. */
  async end(): Promise<void> {
    this.#ended = true
    const closed = [...this.#fields.values()].map(({ graph }) => graph.close())
    this.#fields.clear()
    await Promise.all(closed)
  }
}

/** While a flush replaces them, buffers are still read. */
async function readPinned(parts: readonly Part[], read: () => Promise<void>): Promise<void> {
  const leaves = [...new Set(parts.map(({ leaf }) => leaf))]
  for (const { references } of leaves) references.retain()
  await read()
  for (const { references } of leaves) references.release()
}

/** Whether what is known is still there, and nothing else is linked. */
function fits(
  known: readonly Part[],
  views: ReadonlyMap<Leaf, SegmentView>,
  field: number
): boolean {
  return known.every(({ leaf }) => views.has(leaf)) && !hasDeletes(views) && !hasGraph(views, field)
}

/** Places in the new graph are those of documents in their order: one that is missing moves all behind it. */
function hasDeletes(views: ReadonlyMap<Leaf, SegmentView>): boolean {
  for (const { liveDocs } of views.values()) if (liveDocs !== null) return true
  return false
}

function hasGraph(views: ReadonlyMap<Leaf, SegmentView>, field: number): boolean {
  for (const { reader } of views.values())
    if (reader.vectors(field)?.index.format.name === 'hnsw') return true
  return false
}

function rowCount(parts: readonly Part[]): number {
  const last = parts.at(-1)
  return last === undefined ? 0 : last.firstRow + last.count
}

/** Vectors of write buffers that came since. */
function partsSince(
  known: readonly Part[],
  views: ReadonlyMap<Leaf, SegmentView>,
  field: number
): Part[] {
  const parts: Part[] = []
  let firstRow = rowCount(known)
  for (const [leaf, { reader }] of views) {
    if (!(leaf instanceof WriteBuffer)) continue
    const size = reader.vectors(field)?.index.size ?? 0
    let firstOrd = 0
    for (const part of known) if (part.leaf === leaf) firstOrd += part.count
    const count = size - firstOrd
    if (count > 0) parts.push({ leaf, firstOrd, firstRow, count })
    firstRow += count
  }
  return parts
}

function rowsOf(
  parts: readonly Part[],
  views: ReadonlyMap<Leaf, SegmentView>,
  field: number
): VectorRows {
  const indexes = parts.map(
    ({ leaf }): VectorIndex => views.get(leaf)!.reader.vectors(field)!.index
  )
  let at = parts.length - 1
  let copy: Vector | undefined
  return {
    count: rowCount(parts),
    row(row) {
      const isIn = ({ firstRow, count }: Part): boolean => row >= firstRow && row < firstRow + count
      if (!isIn(parts[at]!)) at = parts.findIndex(isIn)
      const { firstRow, firstOrd } = parts[at]!
      return (copy = indexes[at]!.vectorAt(firstOrd + row - firstRow, copy))
    }
  }
}

function firstOrdsOf(leaves: readonly Leaf[], field: number): ReadonlyMap<Leaf, number> {
  const firsts = new Map<Leaf, number>()
  let next = 0
  for (const leaf of leaves) {
    firsts.set(leaf, next)
    next += leaf.view().reader.vectors(field)?.index.size ?? 0
  }
  return firsts
}
