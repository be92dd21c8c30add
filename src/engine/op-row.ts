/**
 * Operation rows: the operation log and, until a flush, the stored documents. One row an operation. Rows of one request share a
 * record, as many as `recordBytesMax` holds, keyed by `opKey(index, bufferGeneration, seqNo)` of the first; the store's header in
 * front of it holds kind, length and CRC. Varints and texts as ByteWriter writes them. Numbers are on disk: add, never change or
 * reuse.
 *
 * A record is a u8, its version (2; 1 had one row, was never released, and nothing reads it), and one row or more:
 *
 * | what    | meaning                                                                          |
 * | ------- | -------------------------------------------------------------------------------- |
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
 * | varint  | bytes of the source text                                                         |
 * | bytes   | source text                                                                      |
 */
import { assert, ByteReader, VectorStoreError } from '../util/index.ts'
import type { IndexableDocument, SourceCut } from '../segment/index.ts'
import type { LoggedDocument } from './types.ts'
import type { RecordPut } from '../store/index.ts'
import type { ByteWriter } from '../util/index.ts'

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

/** A row with its bytes in the record. */
export type SizedOpRow = { readonly row: OpRow; readonly bytes: number }

const recordVersion = 2
/** A hundred documents of 128 dimensions: a key, a sum and an entry of LevelDB for each took longer than its bytes. */
const recordBytesMax = 64 << 10
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

/** Records of the rows of one request, written one behind the other. */
export class OpRecords {
  readonly #out: ByteWriter
  readonly #keyOf: (seqNo: number) => Uint8Array
  readonly #records: RecordPut[] = []
  /** Of the record under way. */
  #from = 0
  #firstSeqNo = -1
  /** Where its newest row begins. */
  #rowFrom = 0

  /**
   * @param out  Where they are written; what `finish` gives stays as it is until it is cleared.
   * @param keyOf  Key of the record that begins with this operation.
   */
  constructor(out: ByteWriter, keyOf: (seqNo: number) => Uint8Array) {
    this.#out = out
    this.#keyOf = keyOf
  }

  /** @returns Bytes of the row. */
  add(row: OpRow): number {
    const out = this.#out
    if (this.#firstSeqNo < 0) {
      this.#firstSeqNo = row.seqNo
      this.#from = out.length
      out.u8(recordVersion)
    }
    this.#rowFrom = out.length
    encodeOpRow(row, out)
    return out.length - this.#rowFrom
  }

  /** Takes the row that was added last back. */
  takeBack(): void {
    this.#out.rewind(this.#rowFrom)
    if (this.#rowFrom === this.#from + 1) this.#firstSeqNo = -1
  }

  /** The row that was added last stays. */
  keep(): void {
    if (this.#out.length - this.#from >= recordBytesMax) this.#close()
  }

  finish(): readonly RecordPut[] {
    if (this.#firstSeqNo >= 0) this.#close()
    return this.#records
  }

  #close(): void {
    this.#records.push({ key: this.#keyOf(this.#firstSeqNo), payload: this.#out.view(this.#from) })
    this.#firstSeqNo = -1
  }
}

function encodeOpRow(row: OpRow, out: ByteWriter): void {
  const logged = row.type === 'index' ? row.logged : null
  out.u8(typeCodes[row.type])
  const routing = logged?.routing ?? null
  out.u8(routing === null ? 0 : routingFlag)
  out.varint(row.seqNo)
  out.varint(row.version)
  out.text(row.type === 'index' ? row.logged.id : row.id)
  if (routing !== null) out.text(routing)
  if (logged !== null) writeDocument(out, logged)
}

/**
 * The rows of a record. Texts and vectors are copies of their own.
 *
 * Errors   STORE_FORMAT for another record version; STORE_CHECKSUM where the bytes do not add up (the CRC in front of
 *          them held, so they were written wrong).
 */
export function decodeOpRecord(bytes: Uint8Array): SizedOpRow[] {
  const input = new ByteReader(bytes)
  const format = input.u8()
  if (format !== recordVersion)
    throw new VectorStoreError(
      'STORE_FORMAT',
      `record of operations has version ${format}, this program reads ${recordVersion}`
    )
  const rows: SizedOpRow[] = []
  do {
    const from = input.offset
    const row = readRow(input)
    rows.push({ row, bytes: input.offset - from })
  } while (!input.atEnd)
  return rows
}

function readRow(input: ByteReader): OpRow {
  const type = input.u8()
  const flags = input.u8()
  const seqNo = input.varint()
  const version = input.varint()
  const id = input.text()
  const routing = (flags & routingFlag) === 0 ? null : input.text()
  if (type === typeCodes.delete) return { type: 'delete', seqNo, version, id }
  if (type !== typeCodes.index) throw damaged(`type is ${type}, wanted 1 or 2`)
  return { type: 'index', seqNo, version, logged: { id, routing, ...readDocument(input) } }
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
  out.varint(source.text.length)
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
  const text = copyOf(input, input.varint())
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
