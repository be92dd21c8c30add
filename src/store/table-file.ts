/**
 * Checks every block of a LevelDB table file (leveldb doc/table_format.md) in plain JavaScript: LevelDB verifies no sums, and
 * a damaged block can abort the process, which would make a start-up loop.
 *
 * File: blocks, each followed by u8 compression · u32le masked CRC-32C over block and compression byte; at the end 48 bytes
 * of footer: handles (varint offset, varint size) of metaindex and index block, padding, the magic number.
 */
import { readFile } from 'node:fs/promises'
import { maskedCrc32c } from './crc32c.ts'
import { VarintReader } from './varint-reader.ts'

const footerBytes = 48
const trailerBytes = 5
const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

/** What is wrong with a table file, null when every block has its sum. */
export async function faultOfTable(path: string): Promise<string | null> {
  const bytes = await readFile(path)
  if (bytes.length < footerBytes) return `is ${bytes.length} bytes, wanted at least ${footerBytes}`
  const magicAt = bytes.length - magic.length
  if (magic.some((byte, at) => bytes[magicAt + at] !== byte)) return 'has no table footer'
  try {
    return faultOfBlocks(bytes)
  } catch (error) {
    return `has an index that cannot be read (${String(error)})`
  }
}

function faultOfBlocks(bytes: Uint8Array): string | null {
  const footer = new VarintReader(bytes.subarray(bytes.length - footerBytes))
  const metaindex = readHandle(footer)
  const index = readHandle(footer)
  for (const handle of [metaindex, index]) {
    const fault = faultOfBlock(bytes, handle)
    if (fault !== null) return fault
  }
  for (const block of [metaindex, index]) {
    if (bytes[block.offset + block.size] !== 0) return 'has a compressed index, wanted plain blocks'
    for (const handle of handlesIn(bytes.subarray(block.offset, block.offset + block.size))) {
      const fault = faultOfBlock(bytes, handle)
      if (fault !== null) return fault
    }
  }
  return null
}

type Handle = { readonly offset: number; readonly size: number }

function readHandle(reader: VarintReader): Handle {
  return { offset: reader.varint(), size: reader.varint() }
}

/** Values of an index block: entries of varint shared, varint unshared, varint value size, key rest, value. */
function handlesIn(block: Uint8Array): Handle[] {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const restarts = view.getUint32(block.length - 4, true)
  const end = block.length - 4 - restarts * 4
  const reader = new VarintReader(block.subarray(0, end))
  const handles: Handle[] = []
  while (!reader.atEnd) {
    reader.varint()
    const unshared = reader.varint()
    const valueBytes = reader.varint()
    reader.skip(unshared)
    handles.push(readHandle(new VarintReader(reader.take(valueBytes))))
  }
  return handles
}

function faultOfBlock(bytes: Uint8Array, { offset, size }: Handle): string | null {
  const end = offset + size + 1
  if (end + trailerBytes - 1 > bytes.length) return `has a block at ${offset} that leaves the file`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wanted = view.getUint32(end, true)
  return maskedCrc32c(bytes, offset, end) === wanted
    ? null
    : `has a damaged block at byte ${offset} (${size} bytes)`
}
