/**
 * Sketches: where each row lies along 64 axes (sketch-axes.ts), a byte an axis. Rows whose sketches are far apart are far apart, so
 * most candidates of a search by hash terms need no look at their rows.
 *
 * | page       | what                                                                                                       |
 * | ---------- | ---------------------------------------------------------------------------------------------------------- |
 * | sketches   | i8[64][256]: sketches in the order of the rows                                                             |
 * | sketchAxes | 0 to 7: eight axes each, i16le, of every eight elements first those of axis 0, then of axis 1 …; zeros     |
 * |            | behind the last element. 8: f64le[67], centers of the axes, step, reach, error                             |
 *
 * A sketch has, for each axis, (product of axis and row - center) / step, clamped to a byte and rounded. A product is exact;
 * products of two rows are at most reach * step times as far apart as the rows; clamping brings them nearer; and rounding moves a
 * sketch by `error` at most, as was measured. So distance of rows >= (distance of sketches - both errors) / reach.
 */
import { pageGeometry } from '../geometry.ts'
import {
  createKernelMemory,
  projectionGroup,
  projectionKernels,
  referenceBase
} from '../../simd/index.ts'
import type { ProjectionKernels } from '../../simd/index.ts'
import type { TableRef } from '../kernels/blocks.ts'
import { KernelContext } from '../kernels/context.ts'
import { PageWriter } from '../page-writer.ts'
import type { RowPacking } from '../row-packing.ts'
import type { QuerySketch, RowSketches } from '../row-table.ts'
import type { Slices } from '../slices.ts'
import type {
  PageSink,
  PageSource,
  PageTable,
  VectorIndexMeta,
  VectorRows,
  VectorSpec
} from '../types.ts'
import { axisCount, sketchAxes } from './sketch-axes.ts'
import type { SketchAxes } from './sketch-axes.ts'

/** A row of fewer bytes is compared as fast. */
const dimsMin = 256
/** Eight axes fill a page then. */
const dimsMax = 1024
/** Of fewer rows few are candidates. */
const rowsMin = 2048

const groupCount = axisCount / projectionGroup
const blockDims = 8
const numbersBytes = (axisCount + 3) * 8

/** Bytes of the eight axes of a group. */
function groupBytes(dims: number): number {
  return Math.ceil(dims / blockDims) * blockDims * projectionGroup * 2
}

/** Writes the sketches of rows as they come. */
export class SketchWriter {
  readonly #axes: SketchAxes
  readonly #sink: PageSink
  readonly #sketches: PageWriter
  readonly #kernels: ProjectionKernels
  readonly #at: {
    readonly row: number
    readonly blocks: number
    readonly places: number
    readonly groups: number
    readonly sums: number
  }
  readonly #row: Float32Array
  readonly #groups: Uint8Array
  readonly #sums: Int32Array
  #error = 0

  /** null: these rows have none. */
  static async of(
    spec: VectorSpec,
    packing: RowPacking,
    rows: VectorRows,
    sink: PageSink,
    pause: Slices
  ): Promise<SketchWriter | null> {
    const { dims, space, hashes } = spec
    const pays = dims >= dimsMin && dims <= dimsMax && rows.count >= rowsMin
    if (hashes === undefined || space !== 'l2' || packing === 'none' || !pays) return null
    const axes = await sketchAxes(rows, dims, pause)
    return axes === null ? null : new SketchWriter(axes, sink)
  }

  constructor(axes: SketchAxes, sink: PageSink) {
    const { dims } = axes
    this.#axes = axes
    this.#sink = sink
    this.#sketches = new PageWriter('sketches', pageGeometry(axisCount), sink)
    const row = referenceBase
    const blocks = row + groupBytes(dims)
    const places = blocks + groupBytes(dims)
    const groups = places + groupBytes(dims)
    const sums = groups + groupCount * groupBytes(dims)
    const memory = createKernelMemory(sums + axisCount * 4)
    this.#at = { row, blocks, places, groups, sums }
    this.#row = new Float32Array(memory.buffer, row, dims)
    this.#groups = new Uint8Array(memory.buffer, groups, groupCount * groupBytes(dims))
    this.#sums = new Int32Array(memory.buffer, sums, axisCount)
    this.#kernels = projectionKernels(memory)
    this.#layGroups()
  }

  #layGroups(): void {
    const { words, dims } = this.#axes
    const laid = new Int16Array(
      this.#groups.buffer,
      this.#at.groups,
      (groupCount * groupBytes(dims)) / 2
    )
    for (let axis = 0; axis < axisCount; axis++) {
      const inGroup = axis % projectionGroup
      const start = ((axis - inGroup) / projectionGroup) * (groupBytes(dims) / 2)
      for (let dim = 0; dim < dims; dim++) {
        const inBlock = dim % blockDims
        const block = (dim - inBlock) * projectionGroup
        laid[start + block + inGroup * blockDims + inBlock] = words[axis * dims + dim]!
      }
    }
  }

  /** The result is to be awaited when it is a promise. */
  append(row: Float32Array): void | Promise<void> {
    const { dims, centers, step } = this.#axes
    const at = this.#at
    this.#row.set(row)
    const blockCount = this.#kernels.takeBlocks(at.row, dims, 1, at.blocks, at.places)
    this.#kernels.dotGroups(
      at.blocks,
      at.places,
      blockCount,
      at.groups,
      groupBytes(dims),
      groupCount,
      at.sums
    )
    const bytes = this.#sketches.next()
    const sketch = new Int8Array(bytes.buffer, bytes.byteOffset, axisCount)
    this.#error = Math.max(this.#error, sketchOf(this.#sums, centers, step, sketch))
    return this.#sketches.full()
  }

  async finish(): Promise<void> {
    await this.#sketches.flush()
    const bytes = groupBytes(this.#axes.dims)
    for (let group = 0; group < groupCount; group++) {
      await this.#sink('sketchAxes', group, this.#groups.slice(group * bytes, (group + 1) * bytes))
    }
    const { centers, step, reach } = this.#axes
    const numbers = new DataView(new ArrayBuffer(numbersBytes))
    for (const [at, value] of [...centers, step, reach, this.#error].entries()) {
      numbers.setFloat64(at * 8, value, true)
    }
    await this.#sink('sketchAxes', groupCount, new Uint8Array(numbers.buffer))
  }

  pageCounts(): { readonly sketches: number; readonly sketchAxes: number } {
    return { sketches: this.#sketches.pageCount, sketchAxes: groupCount + 1 }
  }
}

/** Writes a sketch of products with the axes; gives how far it is from what it rounds. */
export function sketchOf(
  products: ArrayLike<number>,
  centers: Float64Array,
  step: number,
  sketch: Int8Array | Int16Array
): number {
  let squares = 0
  for (let axis = 0; axis < axisCount; axis++) {
    const place = (products[axis]! - centers[axis]!) / step
    const clamped = Math.min(127, Math.max(-128, place))
    const byte = Math.round(clamped)
    sketch[axis] = byte
    squares += (clamped - byte) ** 2
  }
  return Math.sqrt(squares)
}

type Numbers = {
  readonly centers: Float64Array
  readonly step: number
  readonly reach: number
  readonly error: number
}

export class Sketches implements RowSketches {
  readonly #context: KernelContext
  readonly #rows: PageTable
  readonly #axes: PageTable
  #numbers: Numbers | null = null

  static of({ pageCounts }: VectorIndexMeta, source: PageSource): Sketches | null {
    const { sketches, sketchAxes: axes } = pageCounts
    if (sketches === undefined || axes === undefined) return null
    return new Sketches(
      KernelContext.of(source),
      source.table('sketches', sketches),
      source.table('sketchAxes', axes)
    )
  }

  constructor(context: KernelContext, rows: PageTable, axes: PageTable) {
    this.#context = context
    this.#rows = rows
    this.#axes = axes
  }

  get rows(): TableRef {
    return this.#rows
  }

  get axes(): TableRef {
    return this.#axes
  }

  close(): void {
    this.#rows.close()
    this.#axes.close()
  }

  /**
   * Sketch of the query of these rows that the score kernel is bound to; null: it is none of whole numbers of a byte.
   *
   * Shapes   at: room for 64 words and 64 half words.
   */
  ofQuery(query: number, at: number): QuerySketch | null {
    const { score, buffer } = this.#context
    if (score.sketch(query, at) === 0) return null
    this.#numbers ??= this.#readNumbers()
    const { centers, step, reach, error } = this.#numbers
    const address = at + axisCount * 4
    const products = new Int32Array(buffer, at, axisCount)
    const own = sketchOf(products, centers, step, new Int16Array(buffer, address, axisCount))
    return { address, reach, error: error + own }
  }

  #readNumbers(): Numbers {
    const numbers = this.#context.stable(() => {
      const frame = this.#axes.page(groupCount)
      return new Float64Array(frame.slice(0, numbersBytes).buffer)
    })
    const [step = 0, reach = 0, error = 0] = numbers.subarray(axisCount)
    return { centers: numbers.subarray(0, axisCount), step, reach, error }
  }
}
