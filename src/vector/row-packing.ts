/**
 * Rows of float32 whose elements are all whole numbers of one byte (pixels, counts, quantized embeddings) are kept as bytes:
 * a quarter of the memory to read, and the same numbers bit for bit. The kernel widens a row before it compares it.
 */
import { VectorStoreError } from '../util/index.ts'
import type { VectorIndexMeta, VectorRows, VectorSpec } from './types.ts'
import type { Slices } from './slices.ts'

/** How elements are kept: as they are, 0 .. 255, -128 .. 127. */
export type RowPacking = 'none' | 'u8' | 'i8'

export const packingNumbers: Readonly<Record<RowPacking, number>> = { none: 0, u8: 1, i8: 2 }

/** The parameter `packing` of an index. Errors STORE_FORMAT when it is none that is known here. */
export function packingIn({ parameters: { packing } }: VectorIndexMeta): RowPacking {
  if (packing === 'none' || packing === 'u8' || packing === 'i8') return packing
  throw new VectorStoreError(
    'STORE_FORMAT',
    `parameter packing is ${packing}, wanted none, u8 or i8`
  )
}

/**
 * The packing that every row has room in.
 *
 * Cost   A look at every row; mostly the first that does not fit ends it.
 */
export async function packingOf(
  rows: VectorRows,
  spec: VectorSpec,
  pause: Slices
): Promise<RowPacking> {
  if (spec.element !== 'float32') return 'none'
  let isUnsigned = true
  let isSigned = true
  for (let at = 0; at < rows.count && (isUnsigned || isSigned); at++) {
    const row = rows.row(at) as Float32Array
    isUnsigned &&= fits(row, 0)
    isSigned &&= fits(row, -128)
    if (pause.due()) await pause.wait()
  }
  return isUnsigned ? 'u8' : isSigned ? 'i8' : 'none'
}

/** Whether all elements are whole numbers of the 256 from `least` on; -0 is none. */
function fits(row: Float32Array, least: number): boolean {
  for (let at = 0; at < row.length; at++) {
    const value = row[at]!
    const integer = value | 0
    if (integer !== value || integer < least || integer > least + 255) return false
    if (value === 0 && 1 / value < 0) return false
  }
  return true
}
