/** CRC-32C (Castagnoli), as LevelDB uses it; zlib has only the other one. Slicing by 4: four table rows at a time. */
const polynomial = 0x82f63b78
const rows: readonly Uint32Array[] = makeRows()

export function crc32c(bytes: Uint8Array, from: number = 0, to: number = bytes.length): number {
  const [row0, row1, row2, row3] = rows as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  let crc = 0xffffffff
  let at = from
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      row3[crc & 0xff]! ^ row2[(crc >>> 8) & 0xff]! ^ row1[(crc >>> 16) & 0xff]! ^ row0[crc >>> 24]!
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ row0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}

/** As stored in LevelDB's files: rotated and shifted, so that a sum over data that holds sums stays strong. */
export function maskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  const crc = crc32c(bytes, from, to)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

function makeRows(): Uint32Array[] {
  const first = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    first[byte] = crc >>> 0
  }
  const all = [first]
  for (let row = 1; row < 4; row++) {
    const before = all[row - 1]!
    all.push(before.map((crc) => ((crc >>> 8) ^ first[crc & 0xff]!) >>> 0))
  }
  return all
}
