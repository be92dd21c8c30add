/** Writes original rows and, where the space needs them, their norms into pages. Layout: row-table.ts. */
import { wordGeometry, rowStride } from './row-table.ts'
import { pageGeometry } from './geometry.ts'
import type { PageGeometry } from './geometry.ts'
import { PageWriter } from './page-writer.ts'
import type { RowPacking } from './row-packing.ts'
import { assertShape, divisorOf, keepsNorms } from './spaces.ts'
import type { PageKind, PageSink, Vector, VectorSpec } from './types.ts'
import { squaredMagnitudeInLanes } from './lane-order.ts'

export class RowWriter {
  readonly #spec: VectorSpec
  readonly #packing: RowPacking
  readonly #rows: PageWriter
  readonly #norms: PageWriter | null
  /** The bytes of the last row: mostly the next one is another content of the same array. */
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(
    spec: VectorSpec,
    sink: PageSink,
    geometry: PageGeometry = pageGeometry(rowStride(spec)),
    packing: RowPacking = 'none'
  ) {
    this.#spec = spec
    this.#packing = packing
    this.#rows = new PageWriter('vectors', geometry, sink)
    this.#norms = keepsNorms(spec) ? new PageWriter('norms', wordGeometry, sink) : null
  }

  /** The result is to be awaited when it is a promise. */
  append(row: Vector): void | Promise<void> {
    assertShape(row, this.#spec)
    // Of whole numbers the lowest byte is what is stored, of either packing.
    if (this.#packing !== 'none') this.#rows.next().set(row)
    else this.#rows.add(this.#bytesOf(row))
    const written = this.#rows.full()
    if (this.#norms === null) return written
    const norm = normOfRow(row as Float32Array)
    const word = this.#norms.next()
    new DataView(word.buffer, word.byteOffset, 4).setFloat32(0, norm, true)
    const normWritten = this.#norms.full()
    if (written === undefined) return normWritten
    return normWritten === undefined ? written : written.then(() => normWritten)
  }

  #bytesOf({ buffer, byteOffset, byteLength }: Vector): Uint8Array {
    const last = this.#bytes
    const isSame =
      last.buffer === buffer && last.byteOffset === byteOffset && last.byteLength === byteLength
    if (!isSame) this.#bytes = new Uint8Array(buffer, byteOffset, byteLength)
    return this.#bytes
  }

  async finish(): Promise<void> {
    await this.#rows.flush()
    await this.#norms?.flush()
  }

  pageCounts(): Partial<Record<PageKind, number>> {
    const vectors = this.#rows.pageCount
    return this.#norms === null ? { vectors } : { vectors, norms: this.#norms.pageCount }
  }
}

/** What a row is divided by before it is compared. Equal to the kernel's. */
export function normOfRow(row: Float32Array): number {
  return divisorOf(squaredMagnitudeInLanes(row))
}
