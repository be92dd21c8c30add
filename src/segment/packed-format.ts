/**
 * Packed numbers, format 1: an array of numbers by index, each block of 1,024 as narrow as its values allow.
 *
 * Blocks lie in a page stream, each from a multiple of 8 on. Their table, 16 bytes a block, comes behind the last of them:
 *   i64   base · u32 offset, low half · u16 offset, high half · u8 form · u8 0
 * A value of an integer form is base + what is stored. Forms (0 is not used):
 *   1       nothing stored: all are the base
 *   2 .. 6  1, 2, 4, 8, 16 bits a value, lowest first       7  32 bits       8  64 bits, signed, base 0
 *   9       float32       10  float64
 */
export type PackedInfo = {
  readonly count: number
  /** Where the table starts in its stream. */
  readonly offset: number
}

export const valuesPerBlock = 1024
export const blockEntryBytes = 16
/** Bits of a value by form; forms 9 and 10 are floats. */
export const bitsByForm = [0, 0, 1, 2, 4, 8, 16, 32, 64, 32, 64] as const
export const form = {
  constant: 1,
  bits1: 2,
  bits8: 5,
  bits16: 6,
  bits32: 7,
  bits64: 8,
  float32: 9,
  float64: 10
} as const
