/**
 * Operation rows: the operation log and, until a flush, the stored documents. One row an operation, keyed by
 * `opKey(index, bufferGeneration, seqNo)`; the store's header in front of it holds kind, length and CRC.
 * Varints and texts as ByteWriter writes them. Numbers are on disk: add, never change or reuse.
 *
 * | what    | meaning                                                                          |
 * | ------- | -------------------------------------------------------------------------------- |
 * | u8      | row version, 1                                                                   |
 * | u8      | type: 1 index, 2 delete (0 is never written)                                     |
 * | u8      | flags: 1 has routing                                                             |
 * | varint  | seqNo                                                                            |
 * | varint  | version                                                                          |
 * | text    | id                                                                               |
 * | text    | routing, only with flag 1                                                        |
 *
 * and for type index:
 *
 * | what    | meaning                                                                          |
 * | ------- | -------------------------------------------------------------------------------- |
 * | varint  | number of cuts                                                                   |
 * | per cut | varint offset, field, docOffset; u8 form (1 float64, 2 float32, 3 int, 4 base64);          |
 * |         | u8 element (1 float32, 2 int8, 3 bits in bytes, 4 true indices i32); varint byte length; the vector  |
 * | rest    | source text                                                                      |
 */
import { assert, ByteReader, ByteWriter, VectorStoreError } from '../util/index.ts'
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
const routingFlag = 1
const forms: readonly SourceCut['form'][] = ['float64', 'float32', 'int', 'base64']

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
 * @param out  Where they are written, behind what is there; they stay as they are until it is cleared. @default a writer of their own
 */
export function encodeOpRow(
  row: OpRow,
  out: ByteWriter = new ByteWriter(rowBytesAtMost(row))
): Uint8Array {
  const from = out.length
  const logged = row.type === 'index' ? row.logged : null
  out.u8(rowVersion)
  out.u8(typeCodes[row.type])
  const routing = logged?.routing ?? null
  out.u8(routing === null ? 0 : routingFlag)
  out.varint(row.seqNo)
  out.varint(row.version)
  out.text(row.type === 'index' ? row.logged.id : row.id)
  if (routing !== null) out.text(routing)
  if (logged !== null) writeDocument(out, logged)
  return out.view(from)
}

/**
 * The row of these bytes. Text and vectors are copies of their own.
 *
 * Errors   STORE_FORMAT for a newer row version; STORE_CHECKSUM where the bytes do not add up (the CRC in front of
 *          them held, so they were written wrong).
 */
export function decodeOpRow(bytes: Uint8Array): OpRow {
  const input = new ByteReader(bytes)
  const format = input.u8()
  if (format !== rowVersion)
    throw new VectorStoreError(
      'STORE_FORMAT',
      `operation row has version ${format}, this program reads ${rowVersion}`
    )
  const type = input.u8()
  const flags = input.u8()
  const seqNo = input.varint()
  const version = input.varint()
  const id = input.text()
  const routing = (flags & routingFlag) === 0 ? null : input.text()
  if (type === typeCodes.delete) {
    if (!input.atEnd) throw damaged('bytes are left over')
    return { type: 'delete', seqNo, version, id }
  }
  if (type !== typeCodes.index) throw damaged(`type is ${type}, wanted 1 or 2`)
  return { type: 'index', seqNo, version, logged: { id, routing, ...readDocument(input) } }
}

/** So that the writer never grows: ids and routings take at most three bytes a UTF-16 unit. */
function rowBytesAtMost(row: OpRow): number {
  const fixedBytes = 64
  if (row.type === 'delete') return fixedBytes + row.id.length * 3
  const { id, routing, source, vectors } = row.logged
  let total = fixedBytes + (id.length + (routing?.length ?? 0)) * 3 + source.text.length
  for (const vector of vectors) total += 32 + vector.byteLength
  return total
}

function writeDocument(out: ByteWriter, logged: LoggedDocument): void {
  const { source, vectors } = logged
  assert(vectors.length === source.cuts.length, 'one vector a cut')
  out.varint(source.cuts.length)
  source.cuts.forEach((cut, at) => {
    const vector = vectors[at]!
    out.varint(cut.offset)
    out.varint(cut.field)
    out.varint(cut.docOffset)
    out.u8(forms.indexOf(cut.form) + 1)
    out.u8(elementCode(vector))
    out.varint(vector.byteLength)
    out.bytes(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
  })
  out.bytes(source.text)
}

function readDocument(input: ByteReader): Pick<LoggedDocument, 'source' | 'vectors'> {
  const cuts: SourceCut[] = []
  const vectors: Vector[] = []
  for (let left = input.varint(); left > 0; left--) {
    const offset = input.varint()
    const field = input.varint()
    const docOffset = input.varint()
    const form = forms[input.u8() - 1]
    if (form === undefined) throw damaged('a cut has an unknown form')
    const element = input.u8()
    vectors.push(vectorOf(element, copyOf(input, input.varint())))
    cuts.push({ offset, field, docOffset, form })
  }
  const text = copyOf(input, input.bytes.length - input.offset)
  return { source: { text, cuts }, vectors }
}

/** Not `slice`: of a Buffer it would share memory, and a Float32Array needs its bytes aligned. */
function copyOf(input: ByteReader, bytesCount: number): Uint8Array {
  return new Uint8Array(input.take(bytesCount))
}

function elementCode(vector: Vector): number {
  if (vector instanceof Float32Array) return 1
  if (vector instanceof Int32Array) return 4
  return vector instanceof Int8Array ? 2 : 3
}

function vectorOf(element: number, bytes: Uint8Array): Vector {
  if (element === 1 || element === 4) {
    if (bytes.length % 4 !== 0) throw damaged(`a vector of words has ${bytes.length} bytes`)
    const { buffer, byteOffset, length } = bytes
    return element === 1
      ? new Float32Array(buffer, byteOffset, length / 4)
      : new Int32Array(buffer, byteOffset, length / 4)
  }
  if (element === 2) return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  if (element === 3) return bytes
  throw damaged(`element is ${element}, wanted 1 to 4`)
}

function damaged(reason: string): VectorStoreError {
  return new VectorStoreError('STORE_CHECKSUM', `operation row cannot be read: ${reason}`)
}
