/**
 * One byte for the length of a field, as Lucene's SmallFloat.intToByte4 has it: 0 to 39 exact, then four significant bits.
 *
 * Source   Lucene's SmallFloat: below 24 the byte is the length; else 24 + int4(length - 24), where int4 is a
 *          float without sign with 3 bits of mantissa behind the hidden one.
 */
const exactLength = 24

export function encodeNorm(length: number): number {
  return length < exactLength ? length : exactLength + int4(length - exactLength)
}

export function decodeNorm(norm: number): number {
  return decoded[norm]!
}

/** Values of all 256 bytes. The largest stands for 2,013,265,944 tokens. */
const decoded: Float64Array = Float64Array.from({ length: 256 }, (_, norm) =>
  norm < exactLength ? norm : exactLength + fromInt4(norm - exactLength)
)

function int4(value: number): number {
  const bits = 32 - Math.clz32(value)
  if (bits < 4) return value
  const shift = bits - 4
  return ((shift + 1) << 3) | ((value >>> shift) & 7)
}

function fromInt4(code: number): number {
  const shift = (code >>> 3) - 1
  const mantissa = code & 7
  return shift < 0 ? mantissa : (mantissa | 8) * 2 ** shift
}
