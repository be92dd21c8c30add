/**
 * Operation rows: the operation log and, until a flush, the stored documents. One row an operation, keyed by
 * `opKey(index, bufferGeneration, seqNo)`; the store's header in front of it holds kind, length and CRC.
 *
 * All numbers little-endian. Numbers below are on disk: add, never change or reuse.
 *
 * | bytes       | what                                                                   |
 * | ----------- | ---------------------------------------------------------------------- |
 * | u8          | row version, 1                                                         |
 * | u8          | type: 1 index, 2 delete (0 is never written)                           |
 * | u8          | flags: 1 has routing                                                   |
 * | u8          | 0                                                                      |
 * | f64         | seqNo                                                                  |
 * | f64         | version                                                                |
 * | u16, bytes  | id, UTF-8                                                              |
 * | u32, bytes  | routing, UTF-8 (only with flag 1)                                      |
 *
 * and for type index:
 *
 * | bytes       | what                                                                   |
 * | ----------- | ---------------------------------------------------------------------- |
 * | u32         | number of cuts                                                         |
 * | per cut     | u32 offset, u32 docOffset, u16 field, u8 form, u8 element, u32 bytes, the vector's bytes |
 * | u32, bytes  | source text                                                            |
 *
 * form: 1 float64, 2 float32, 3 int. element: 1 float32, 2 int8, 3 bits in bytes.
 * seqNo and version are whole numbers up to 2^53 - 1, which f64 holds exactly.
 */
import { assert, VectorStoreError } from '../util/index.ts'
import type { IndexableDocument, SourceCut } from '../segment/index.ts'
import type { LoggedDocument } from './types.ts'

type Vector = LoggedDocument['vectors'][number]

/** An operation with its place in the order, as it is written and as replay reads it. */
export type OpRow =
  | {
      readonly type: 'index'
      readonly seqNo: number
      readonly version: number
      readonly logged: LoggedDocument
    }
  | {
      readonly type: 'delete'
      readonly seqNo: number
      readonly version: number
      readonly id: string
    }

const rowVersion = 1
const typeCodes = { index: 1, delete: 2 } as const
const hasRouting = 1
const forms: readonly (SourceCut['form'] | null)[] = [null, 'float64', 'float32', 'int']
const fixedBytes = 4 + 8 + 8 + 2
const cutBytes = 4 + 4 + 2 + 1 + 1 + 4

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What of a document goes into its row: everything the mapping cannot make again from the bytes. */
export function loggedDocument(document: IndexableDocument): LoggedDocument {
  const vectors = document.source.cuts.map((cut) => {
    const doc = document.docs[cut.docOffset]
    const entry = doc?.vectors.find((each) => each.field.number === cut.field)
    assert(entry !== undefined, 'every cut has its vector in the document')
    return entry.vector
  })
  return { id: document.id, routing: document.routing, source: document.source, vectors }
}

/**
 * Bytes of one row.
 *
 * Cost   one allocation of the row's size; text and vectors are copied once.
 */
export function encodeOpRow(row: OpRow): Uint8Array {
  const id = encoder.encode(row.type === 'index' ? row.logged.id : row.id)
  assert(id.length <= 0xffff, 'id fits u16')
  assert(Number.isSafeInteger(row.seqNo) && row.seqNo >= 0, 'seqNo is a safe integer')
  assert(Number.isSafeInteger(row.version) && row.version >= 0, 'version is a safe integer')
  const routing =
    row.type === 'index' && row.logged.routing !== null ? encoder.encode(row.logged.routing) : null
  const logged = row.type === 'index' ? row.logged : null
  const bytes = new Uint8Array(rowBytes(id, routing, logged))
  const out = new RowWriter(bytes)
  out.u8(rowVersion)
  out.u8(typeCodes[row.type])
  out.u8(routing === null ? 0 : hasRouting)
  out.u8(0)
  out.f64(row.seqNo)
  out.f64(row.version)
  out.u16(id.length)
  out.bytes(id)
  if (routing !== null) {
    out.u32(routing.length)
    out.bytes(routing)
  }
  if (logged !== null) writeDocument(out, logged)
  assert(out.at === bytes.length, 'row is filled exactly')
  return bytes
}

/**
 * The row of these bytes.
 *
 * Errors   STORE_FORMAT for a newer row version; STORE_CHECKSUM where the bytes do not add up (the CRC in front of
 *          them held, so they were written wrong).
 */
export function decodeOpRow(bytes: Uint8Array): OpRow {
  const input = new RowReader(bytes)
  const version = input.u8()
  if (version !== rowVersion)
    throw new VectorStoreError(
      'STORE_FORMAT',
      `operation row has version ${version}, this program reads ${rowVersion}`
    )
  const type = input.u8()
  const flags = input.u8()
  input.u8()
  const seqNo = input.f64()
  const docVersion = input.f64()
  const id = input.text(input.u16())
  const routing = (flags & hasRouting) === 0 ? null : input.text(input.u32())
  if (type === typeCodes.delete) {
    input.end()
    return { type: 'delete', seqNo, version: docVersion, id }
  }
  if (type !== typeCodes.index) throw damaged(`type is ${type}, wanted 1 or 2`)
  const { source, vectors } = readDocument(input)
  input.end()
  return { type: 'index', seqNo, version: docVersion, logged: { id, routing, source, vectors } }
}

function rowBytes(
  id: Uint8Array,
  routing: Uint8Array | null,
  logged: LoggedDocument | null
): number {
  let total = fixedBytes + id.length + (routing === null ? 0 : 4 + routing.length)
  if (logged === null) return total
  total += 4 + 4 + logged.source.text.length
  for (const vector of logged.vectors) total += cutBytes + vector.byteLength
  return total
}

function writeDocument(out: RowWriter, logged: LoggedDocument): void {
  const { source, vectors } = logged
  assert(vectors.length === source.cuts.length, 'one vector a cut')
  out.u32(source.cuts.length)
  source.cuts.forEach((cut, at) => {
    const vector = vectors[at]!
    out.u32(cut.offset)
    out.u32(cut.docOffset)
    out.u16(cut.field)
    out.u8(forms.indexOf(cut.form))
    out.u8(elementCode(vector))
    out.u32(vector.byteLength)
    out.bytes(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
  })
  out.u32(source.text.length)
  out.bytes(source.text)
}

function readDocument(input: RowReader): Pick<LoggedDocument, 'source' | 'vectors'> {
  const cutCount = input.u32()
  const cuts: SourceCut[] = []
  const vectors: Vector[] = []
  for (let at = 0; at < cutCount; at++) {
    const offset = input.u32()
    const docOffset = input.u32()
    const field = input.u16()
    const form = forms[input.u8()]
    if (form === undefined || form === null) throw damaged('a cut has an unknown form')
    const element = input.u8()
    vectors.push(vectorOf(element, input.copy(input.u32())))
    cuts.push({ offset, field, docOffset, form })
  }
  const text = input.copy(input.u32())
  return { source: { text, cuts }, vectors }
}

function elementCode(vector: Vector): number {
  if (vector instanceof Float32Array) return 1
  return vector instanceof Int8Array ? 2 : 3
}

/** @param bytes  A copy of its own, so that the Float32Array is aligned. */
function vectorOf(element: number, bytes: Uint8Array): Vector {
  if (element === 1) {
    if (bytes.length % 4 !== 0) throw damaged(`float32 vector of ${bytes.length} bytes`)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  }
  if (element === 2) return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  if (element === 3) return bytes
  throw damaged(`element is ${element}, wanted 1 to 3`)
}

function damaged(reason: string): VectorStoreError {
  return new VectorStoreError('STORE_CHECKSUM', `operation row cannot be read: ${reason}`)
}

class RowWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(value: number): void {
    this.#view.setUint8(this.at, value)
    this.at += 1
  }

  u16(value: number): void {
    this.#view.setUint16(this.at, value, true)
    this.at += 2
  }

  u32(value: number): void {
    this.#view.setUint32(this.at, value, true)
    this.at += 4
  }

  f64(value: number): void {
    this.#view.setFloat64(this.at, value, true)
    this.at += 8
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.at)
    this.at += value.length
  }
}

class RowReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#skip(8), true)
  }

  text(bytesCount: number): string {
    const from = this.#skip(bytesCount)
    return decoder.decode(this.#bytes.subarray(from, from + bytesCount))
  }

  copy(bytesCount: number): Uint8Array {
    const from = this.#skip(bytesCount)
    // slice of a Buffer would share memory (and its alignment); this one never does.
    return new Uint8Array(this.#bytes.subarray(from, from + bytesCount))
  }

  end(): void {
    if (this.#at !== this.#bytes.length)
      throw damaged(`${this.#bytes.length - this.#at} bytes are left over`)
  }

  #skip(bytesCount: number): number {
    const from = this.#at
    if (from + bytesCount > this.#bytes.length)
      throw damaged(`${bytesCount} bytes wanted at ${from}, row has ${this.#bytes.length}`)
    this.#at = from + bytesCount
    return from
  }
}
