/**
 * The original rows of an index in their pages, and everything that compares them: exact search, rescoring, scorers.
 *
 * | page    | what                                                                                                    |
 * | ------- | ------------------------------------------------------------------------------------------------------- |
 * | rows    | rows one after another, each padded by zeros to a multiple of 16 bytes: f32le, i8 or bits; packed       |
 * |         | (row-packing.ts) u8 or i8 for f32le                                                                     |
 * | norms   | f32le[4096], for cosine over float32: what a row is divided by before it is compared (1: it is unit)    |
 */
import { assert } from '../util/index.ts'
import type { BitSet } from '../util/index.ts'
import { align, pageGeometry } from './geometry.ts'
import type { PageGeometry } from './geometry.ts'
import { rowBlockBytes, writeRowBlock } from './kernels/blocks.ts'
import type { TableRef } from './kernels/blocks.ts'
import { KernelContext } from './kernels/context.ts'
import { beamMax } from './kernels/scratch.ts'
import { packingNumbers } from './row-packing.ts'
import type { RowPacking } from './row-packing.ts'
import { functionInScript } from './script-function.ts'
import {
  assertShape,
  divisorOf,
  emptyVector,
  functionMetric,
  keepsNorms,
  metrics,
  rowMetric,
  smallIsNear,
  spaceMetric,
  vectorByteLength,
  vectorLength
} from './spaces.ts'
import type { Metric } from './spaces.ts'
import type { HashHits } from './hash-postings.ts'
import type {
  NearestValues,
  PageSource,
  RawValue,
  Space,
  Vector,
  VectorFunction,
  VectorSpec
} from './types.ts'

export type Hits = { readonly ords: Uint32Array; readonly values: Float32Array }

/** A table whose pages can be read in; a growing table changes its address. */
export type RowPages = TableRef & {
  frame(page: number): number
  /** Left out where all pages are in frames. */
  readonly pageCount?: number
  readonly residentCount?: number
}

/** Of those wanted, so many candidates with the most common terms are compared before all others: most of the best are among them. */
const firstShare = 2

/** Of fewer candidates for each one wanted most have to be compared. */
const sketchedShare = 4
/** Of those wanted, so many rows whose sketches are nearest are compared first. */
const sketchedFirst = 1.25

const noTable: TableRef = { address: 0, id: 0 }

/** Where rows lie along a few axes (flat/sketches.ts). */
export type RowSketches = {
  readonly rows: TableRef
  readonly axes: TableRef
  /** Of the query that the score kernel is bound to; null: it has none. `at` has room for 64 words and 64 half words. */
  ofQuery(query: number, at: number): QuerySketch | null
}

/** How rows are kept beside what their vectors say. */
export type RowForm = { readonly packing: RowPacking; readonly sketches: RowSketches | null }

/** In kernel memory; as the kernel takes it (simd/assembly/sketches.ts). */
export type QuerySketch = {
  readonly address: number
  readonly reach: number
  readonly error: number
}

export class RowTable {
  readonly spec: VectorSpec
  readonly geometry: PageGeometry
  readonly packing: RowPacking
  readonly #sketches: RowSketches | null
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #rows: RowPages
  readonly #norms: TableRef | null
  readonly #block: number
  readonly #metric: Metric
  readonly #largeIsNear: number
  #boundAddress = -1
  #boundNorms = -1

  /** @param geometry  Its stride is more than the row where something lies behind it. */
  constructor(
    spec: VectorSpec,
    source: PageSource,
    rows: RowPages,
    norms: TableRef | null,
    geometry: PageGeometry = pageGeometry(rowStride(spec)),
    { packing, sketches }: RowForm = { packing: 'none', sketches: null }
  ) {
    assert(keepsNorms(spec) === (norms !== null), 'norms are there where they are needed')
    this.spec = spec
    this.geometry = geometry
    this.packing = packing
    this.#sketches = sketches
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#rows = rows
    this.#norms = norms
    this.#metric = spaceMetric(spec)
    this.#largeIsNear = smallIsNear(spec.space) ? 0 : 1
    this.#block = source.allocate(rowBlockBytes)
  }

  /** For estimates of what is not there. */
  get pages(): Pick<RowPages, 'pageCount' | 'residentCount'> {
    return this.#rows
  }

  close(): void {
    this.#context.scorerOwner = null
    this.#source.free(this.#block)
  }

  /** Binds the score kernel to these rows and writes the query, as the space compares it, into the scratch. */
  bindQuery(query: Vector): void {
    this.#context.scorerOwner = null
    this.#bind(this.#metric, this.#largeIsNear)
    const { scratch } = this.#context
    // Codes read 16 floats at a time.
    this.#writeQuery(query, scratch.query, align(vectorLength(this.spec), 16) * 4)
    if (keepsNorms(this.spec)) this.#normaliseAt(scratch.query)
  }

  /**
   * The best k of the bound query, by comparing every accepted row from .. to - 1 of `count`; none that is farther than
   * `limit` (nearest-so-far.ts).
   *
   * Cost   One pass over the accepted rows, at the speed of memory.
   */
  exact(
    k: number,
    count: number,
    accept: BitSet | null,
    { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number }
  ): Hits & { readonly scored: number } {
    const { score, scratch } = this.#context
    const address = accept === null ? 0 : this.#context.writeAccept(accept, count)
    score.startHeap(scratch.heap, k)
    score.limitHeap(limit)
    const scan = (): number => score.scan(scratch.query, from, to, address)
    const scored = this.#source.inPassing?.(scan) ?? scan()
    return { ...this.#takeHits(), scored }
  }

  /**
   * The best k of the bound query among the nodes of `count` keys of a walk, nearest first; none that is farther than `limit`.
   *
   * @param unit  What one unit of a code distance is in values; rows that cannot be among the best are then left out. 0: none is.
   */
  rescore(
    keys: number,
    count: number,
    k: number,
    unit: number,
    limit: number
  ): Hits & { readonly comparedCount: number } {
    const { score, scratch } = this.#context
    score.startHeap(scratch.heap, k)
    score.limitHeap(limit)
    const comparedCount = score.rescore(scratch.query, keys, count, unit)
    return { ...this.#takeHits(), comparedCount }
  }

  /** @param reuse  A result of before, to be written over. */
  vectorAt(ord: number, reuse?: Vector): Vector {
    const { geometry } = this
    const page = Math.floor(ord / geometry.perPage)
    const offset = (ord - page * geometry.perPage) * geometry.stride
    const vector = reuse ?? emptyVector(this.spec)
    this.#context.stable(() => this.#readRow(this.#rows.frame(page) + offset, vector))
    return vector
  }

  #readRow(at: number, vector: Vector): void {
    const { buffer, bytes, floats } = this.#context
    const { length } = vector
    if (this.packing === 'i8') vector.set(new Int8Array(buffer, at, length))
    else if (this.packing === 'none' && vector instanceof Float32Array)
      vector.set(floats.subarray(at >>> 2, (at >>> 2) + length))
    else vector.set(bytes.subarray(at, at + length))
  }

  rawScorer(query: Vector): (ord: number) => RawValue {
    assertShape(query, this.spec)
    return this.#scorer(query.slice(), this.#metric, keepsNorms(this.spec))
  }

  rawValues(query: Vector, space: Space, ords: Uint32Array): Float32Array {
    const metric = rowMetric(space, this.spec)
    this.#bindValues(
      query,
      metric,
      metric === metrics.f32Cosine || metric === metrics.f32ScriptCosine
    )
    const { score, scratch } = this.#context
    return this.#valuesBy(ords, (at, count, out) => score.values(scratch.query, at, count, out))
  }

  nearestValues(query: Vector, space: Space, hits: HashHits, wanted: number): NearestValues | null {
    const { ords, counts } = hits
    if (!smallIsNear(space) || wanted >= ords.length || wanted > beamMax) return null
    this.#bindValues(query, rowMetric(space, this.spec), false)
    const { score, scratch, words } = this.#context
    // The pool has room for twice as many words.
    const countsAt = scratch.pool + beamMax * 4
    const sketch = this.#sketchOf(ords.length, wanted)
    score.startHeap(scratch.heap, wanted)
    const values = this.#valuesBy(ords, (at, count, out, from) => {
      if (sketch !== null) {
        const { address, reach, error } = sketch
        const first = sketchedFirst * wanted
        // prettier-ignore
        score.nearestSketched(scratch.query, address, reach, error, at, countsAt, count, first, out)
        return
      }
      words.set(counts.subarray(from, from + count), countsAt >>> 2)
      score.nearest(scratch.query, at, countsAt, count, firstShare * wanted, out)
    })
    return { values, smallIsNear: true, worst: score.worst(), limit: score.farthest() }
  }

  /** null: candidates are too few, or the query is none that rows are compared with by sketches. */
  #sketchOf(count: number, wanted: number): QuerySketch | null {
    if (this.#sketches === null || count < sketchedShare * wanted) return null
    const { scratch } = this.#context
    return this.#sketches.ofQuery(scratch.query, scratch.scorerQuery)
  }

  #bindValues(query: Vector, metric: Metric, normalised: boolean): void {
    assertShape(query, this.spec)
    const { scratch } = this.#context
    this.#context.scorerOwner = null
    this.#bind(metric, 0)
    this.#writeQuery(query, scratch.query, align(vectorByteLength(this.spec), 16))
    if (normalised) this.#normaliseAt(scratch.query)
  }

  /** What a walk has in its pool and results is of no use to anybody now. */
  #valuesBy(
    ords: Uint32Array,
    compare: (at: number, count: number, out: number, from: number) => void
  ): Float32Array {
    const values = new Float32Array(ords.length)
    const { scratch, words, floats } = this.#context
    for (let from = 0; from < ords.length; from += beamMax) {
      const count = Math.min(beamMax, ords.length - from)
      words.set(ords.subarray(from, from + count), scratch.pool >>> 2)
      compare(scratch.pool, count, scratch.results, from)
      const found = scratch.results >>> 2
      values.set(floats.subarray(found, found + count), from)
    }
    return values
  }

  /** A query of another element type than the rows' (a list of decimals against bytes) is compared in TypeScript. */
  functionScorer(name: VectorFunction, query: Vector): (ord: number) => number {
    if (query.constructor !== emptyVector(this.spec).constructor) {
      return functionInScript(name, query, this.spec, (ord) => this.vectorAt(ord))
    }
    assertShape(query, this.spec)
    const metric = functionMetric(name, this.spec.element)
    const normalised = metric === metrics.f32ScriptCosine
    const score = this.#scorer(query.slice(), metric, normalised)
    return name === 'l2' ? (ord) => Math.sqrt(score(ord)) : score
  }

  #scorer(query: Vector, metric: Metric, normalised: boolean): (ord: number) => number {
    const context = this.#context
    const { score, scratch } = context
    const owner = {}
    return (ord) => {
      if (context.scorerOwner !== owner || this.#hasMoved()) {
        this.#bind(metric, 0)
        this.#writeQuery(query, scratch.scorerQuery, align(vectorByteLength(this.spec), 16))
        if (normalised) this.#normaliseAt(scratch.scorerQuery)
        context.scorerOwner = owner
      }
      return score.score(scratch.scorerQuery, ord)
    }
  }

  /** A growing table moves when pages are added. */
  #hasMoved(): boolean {
    const norms = this.#norms ?? noTable
    return this.#boundAddress !== this.#rows.address || this.#boundNorms !== norms.address
  }

  #bind(metric: Metric, largeIsNear: number): void {
    const { buffer, score, scratch } = this.#context
    const norms = this.#norms ?? noTable
    if (this.#hasMoved()) {
      this.#boundAddress = this.#rows.address
      this.#boundNorms = norms.address
      const length = vectorLength(this.spec)
      const rows = { address: this.#rows.address, id: this.#rows.id, geometry: this.geometry }
      const packing = packingNumbers[this.packing]
      const sketches = this.#sketches?.rows ?? noTable
      const axes = this.#sketches?.axes ?? noTable
      writeRowBlock(buffer, this.#block, { rows, length, norms, packing, sketches, axes })
    }
    score.bind(this.#block, metric, largeIsNear, scratch.batch)
  }

  #writeQuery(query: Vector, at: number, paddedBytes: number): void {
    const { bytes, floats } = this.#context
    if (query instanceof Float32Array) floats.set(query, at >>> 2)
    else bytes.set(new Uint8Array(query.buffer, query.byteOffset, query.byteLength), at)
    if (query.byteLength < paddedBytes) bytes.fill(0, at + query.byteLength, at + paddedBytes)
  }

  #normaliseAt(at: number): void {
    const norm = normAt(this.#context, at, this.spec.dims)
    if (norm === 1) return
    const { floats } = this.#context
    const end = (at >>> 2) + this.spec.dims
    for (let i = at >>> 2; i < end; i++) floats[i] = floats[i]! / norm
  }

  #takeHits(): Hits {
    const { score, scratch, words, floats } = this.#context
    const count = score.finishHeap()
    const ords = new Uint32Array(count)
    const values = new Float32Array(count)
    const start = scratch.heap >>> 2
    for (let i = 0; i < count; i++) {
      ords[i] = words[start + 2 * i]!
      values[i] = floats[start + 2 * i + 1]!
    }
    return { ords, values }
  }
}

/** Bytes from row to row. */
export function rowStride(spec: VectorSpec, packing: RowPacking = 'none'): number {
  return align(packing === 'none' ? vectorByteLength(spec) : spec.dims, 16)
}

/** Geometry of norms and of the upper map: words. */
export const wordGeometry: PageGeometry = pageGeometry(4)

/** What the floats at an address are divided by before they are compared. */
export function normAt(context: KernelContext, at: number, dims: number): number {
  return divisorOf(context.score.squaredMagnitude(at, dims))
}
