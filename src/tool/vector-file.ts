/**
 * Files of vectors, read row by row, never whole.
 *
 * npy    "\x93NUMPY", version u8 u8, header length u16le (version 1) or u32le, a Python dict with descr, fortran_order and
 *        shape, then the rows. Read: little-endian f4, f8, i1, u1 in C order, two dimensions.
 * fvecs  per row: dims i32le, then dims f32le.  bvecs: dims i32le, then dims u8.
 *
 * Source  numpy.lib.format; the TEXMEX corpus page for fvecs and bvecs.
 */
import type { FileHandle } from 'node:fs/promises'
import { VectorStoreError } from '../util/index.ts'

export type VectorFile = {
  readonly dims: number
  readonly rowCount: number
  readonly rowBytes: number
  /** Offset of row 0 in the file. */
  readonly start: number
  decode(bytes: Buffer): Float32Array
}

const magic = '\u0093NUMPY'

/** Errors   REQUEST_SYNTAX: what in the file is not as it must be. */
export async function openNpy(file: FileHandle, sizeBytes: number): Promise<VectorFile> {
  const head = Buffer.alloc(12)
  await file.read(head, 0, 12, 0)
  if (head.toString('latin1', 0, 6) !== magic)
    throw unreadable('npy', 'it does not begin with \\x93NUMPY')
  const long = head[6] !== 1
  const headerBytes = long ? head.readUInt32LE(8) : head.readUInt16LE(8)
  const headerStart = long ? 12 : 10
  if (headerBytes > 65_536) throw unreadable('npy', `its header has ${headerBytes} bytes`)
  const header = Buffer.alloc(headerBytes)
  await file.read(header, 0, headerBytes, headerStart)
  const text = header.toString('latin1')
  const descr = /'descr':\s*'([^']+)'/.exec(text)?.[1] ?? ''
  const shape = /'shape':\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)/.exec(text)
  const decoder = decoders[descr.replace(/^[|=]/, '<')]
  if (decoder === undefined)
    throw unreadable('npy', `its type is ${descr}, wanted <f4, <f8, |i1 or |u1`)
  if (/'fortran_order':\s*True/.test(text))
    throw unreadable('npy', 'it is in Fortran order, wanted C order')
  if (shape === null) throw unreadable('npy', 'it has not two dimensions')
  const [rowCount, dims] = [Number(shape[1]), Number(shape[2])]
  const rowBytes = dims * decoder.bytes
  const start = headerStart + headerBytes
  if (sizeBytes < start + rowCount * rowBytes)
    throw unreadable(
      'npy',
      `it has ${sizeBytes} bytes, its header promises ${start + rowCount * rowBytes}`
    )
  return { dims, rowCount, rowBytes, start, decode: (bytes) => decoder.decode(bytes, 0, dims) }
}

/** Errors   REQUEST_SYNTAX. */
export async function openVecs(
  file: FileHandle,
  sizeBytes: number,
  elementBytes: 4 | 1
): Promise<VectorFile> {
  const head = Buffer.alloc(4)
  const { bytesRead } = await file.read(head, 0, 4, 0)
  const dims = bytesRead === 4 ? head.readInt32LE(0) : 0
  const rowBytes = 4 + dims * elementBytes
  if (dims < 1 || sizeBytes % rowBytes !== 0)
    throw unreadable(
      'fvecs',
      `it has ${sizeBytes} bytes and begins with ${dims} dimensions, which makes no whole number of rows`
    )
  const decoder = decoders[elementBytes === 4 ? '<f4' : '<u1']
  return {
    dims,
    rowCount: sizeBytes / rowBytes,
    rowBytes,
    start: 0,
    decode(bytes) {
      if (bytes.readInt32LE(0) !== dims)
        throw unreadable(
          'fvecs',
          `a row has ${bytes.readInt32LE(0)} dimensions, the first has ${dims}`
        )
      return decoder === undefined ? new Float32Array(0) : decoder.decode(bytes, 4, dims)
    }
  }
}

/** Rows from `from` on, read in steps of about a megabyte. */
export async function* vectorRows(
  file: FileHandle,
  about: VectorFile,
  from: number
): AsyncGenerator<{ readonly row: number; readonly vector: Float32Array }> {
  const rowsPerRead = Math.max(1, Math.floor(2 ** 20 / about.rowBytes))
  const buffer = Buffer.alloc(rowsPerRead * about.rowBytes)
  for (let row = from; row < about.rowCount; row += rowsPerRead) {
    const rows = Math.min(rowsPerRead, about.rowCount - row)
    const wantedBytes = rows * about.rowBytes
    const { bytesRead } = await file.read(
      buffer,
      0,
      wantedBytes,
      about.start + row * about.rowBytes
    )
    if (bytesRead < wantedBytes)
      throw unreadable('vector', `it ends in row ${row + Math.floor(bytesRead / about.rowBytes)}`)
    for (let at = 0; at < rows; at++)
      yield {
        row: row + at,
        vector: about.decode(buffer.subarray(at * about.rowBytes, (at + 1) * about.rowBytes))
      }
  }
}

type Decoder = {
  readonly bytes: number
  decode(bytes: Buffer, offset: number, dims: number): Float32Array
}

const decoders: Readonly<Record<string, Decoder>> = {
  '<f4': {
    bytes: 4,
    decode: (bytes, offset, dims) =>
      Float32Array.from({ length: dims }, (_, at) => bytes.readFloatLE(offset + 4 * at))
  },
  '<f8': {
    bytes: 8,
    decode: (bytes, offset, dims) =>
      Float32Array.from({ length: dims }, (_, at) => bytes.readDoubleLE(offset + 8 * at))
  },
  '<i1': {
    bytes: 1,
    decode: (bytes, offset, dims) =>
      Float32Array.from({ length: dims }, (_, at) => bytes.readInt8(offset + at))
  },
  '<u1': {
    bytes: 1,
    decode: (bytes, offset, dims) =>
      Float32Array.from({ length: dims }, (_, at) => bytes.readUInt8(offset + at))
  }
}

function unreadable(format: string, why: string): VectorStoreError {
  return new VectorStoreError('REQUEST_SYNTAX', `the ${format} file cannot be read: ${why}`)
}
