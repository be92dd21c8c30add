/**
 * Stored documents, format 1: what comes back on a fetch, read straight from the store, never through the page cache.
 *
 * Record `n` of kind `stored` holds root documents that follow one another:
 *   varint   documents
 *   per document:  varint docId minus that of the one before (of the first: the docId itself) · varint bytes of its body
 *   bodies, one behind the other
 * A record closes when it reaches 4 KiB; a larger document stands alone in its record. Not compressed: without its vectors a source
 * is small beside them, and a fetch of ten hits would pay ten inflations (about 50 µs each) for a few percent of the disk.
 *
 * Kind `storedIndex` is a page stream of u32: the first docId of each record, ascending; a fetch searches it by halves.
 *
 * Body (holds no docId, so a merge copies it as it is):
 *   varint   flags: 1 has routing
 *   text     id (varint byte length, UTF-8)
 *   text     routing, when flagged
 *   varint   version · varint seqNo · varint number of cuts
 *   per cut: varint offset minus that of the one before · varint field · varint docOffset · u8 form (1 float64, 2 float32, 3 int, 4 base64)
 *   the text with its vectors cut out, to the end
 */
import type { SourceCut, StoredSource } from './types.ts'
import { ByteReader, VectorStoreError } from '../util/index.ts'
import type { ByteWriter } from '../util/index.ts'

/**
 * A record closes at this size. A fetch reads and checks a whole record: 16 KiB cost 49 µs a document from LevelDB, 4 KiB 17 µs,
 * on one core under load. Why not less: a key and its entry in the index for every few documents.
 */
export const storedRecordBytesMin = 4096

export type StoredBody = {
  readonly id: string
  readonly routing: string | null
  readonly version: number
  readonly seqNo: number
  readonly source: StoredSource
}

const routingFlag = 1
const forms: readonly SourceCut['form'][] = ['float64', 'float32', 'int', 'base64']

/** Written behind what is there. */
export function encodeStoredBody(body: StoredBody, out: ByteWriter): void {
  out.varint(body.routing === null ? 0 : routingFlag)
  out.text(body.id)
  if (body.routing !== null) out.text(body.routing)
  out.varint(body.version)
  out.varint(body.seqNo)
  out.varint(body.source.cuts.length)
  let offset = 0
  for (const cut of body.source.cuts) {
    out.varint(cut.offset - offset)
    out.varint(cut.field)
    out.varint(cut.docOffset)
    out.u8(forms.indexOf(cut.form) + 1)
    offset = cut.offset
  }
  out.bytes(body.source.text)
}

/** Bytes that the encoded body takes at most: three for a UTF-16 unit, eight for a varint. */
export function storedBodyBytesMax({ id, routing, source }: StoredBody): number {
  const texts = (id.length + (routing?.length ?? 0)) * 3
  return 64 + texts + source.cuts.length * 25 + source.text.length
}

/** The text of the result is a view into `bytes`. */
export function decodeStoredBody(bytes: Uint8Array): StoredBody {
  const reader = new ByteReader(bytes)
  const flags = reader.varint()
  const id = reader.text()
  const routing = (flags & routingFlag) === 0 ? null : reader.text()
  const version = reader.varint()
  const seqNo = reader.varint()
  const cuts: SourceCut[] = []
  let offset = 0
  for (let left = reader.varint(); left > 0; left--) {
    offset += reader.varint()
    const field = reader.varint()
    const docOffset = reader.varint()
    cuts.push({ offset, field, docOffset, form: formOf(reader.u8()) })
  }
  const text = bytes.subarray(reader.offset)
  return { id, routing, version, seqNo, source: { text, cuts } }
}

function formOf(code: number): SourceCut['form'] {
  const form = forms[code - 1]
  if (form !== undefined) return form
  throw new VectorStoreError('STORE_CHECKSUM', `a cut has form ${code}, wanted 1 to 4`)
}

export type StoredInfo = { readonly recordCount: number }
