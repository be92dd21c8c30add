/** Fetches stored documents (stored-format.ts). */
import type { PageStream } from './page-stream-reader.ts'
import { storedRecordBytesMin } from './stored-format.ts'
import type { StoredInfo } from './stored-format.ts'
import { ByteReader, VectorStoreError } from '../util/index.ts'

type StoredRecord = {
  readonly number: number
  readonly bytes: Uint8Array
  readonly docIds: readonly number[]
  /** Where each body starts; one more, the end. */
  readonly starts: readonly number[]
}

/** A large document is not kept: it stands alone, the next question is for another record. */
const keptBytesMax = 4 * storedRecordBytesMin

export class StoredReader {
  readonly #info: StoredInfo
  readonly #index: PageStream
  readonly #read: (record: number) => Uint8Array
  /** The record read last: hits are fetched and merged in the order of documents. */
  #last: StoredRecord | null = null

  /** @param read  Payload of a record of kind `stored`; throws when it is missing. */
  constructor(info: StoredInfo, index: PageStream, read: (record: number) => Uint8Array) {
    this.#info = info
    this.#index = index
    this.#read = read
  }

  /** Bytes of a stored document, to be kept if need be. */
  body(rootDocId: number): Uint8Array {
    const record = this.#recordOf(rootDocId)
    const at = record.docIds.indexOf(rootDocId)
    if (at >= 0) return record.bytes.subarray(record.starts[at], record.starts[at + 1])
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `stored record ${record.number} lacks document ${rootDocId}, wanted it there`,
      { details: { record: record.number, docId: rootDocId } }
    )
  }

  #recordOf(rootDocId: number): StoredRecord {
    const last = this.#last
    if (last !== null && last.docIds[0]! <= rootDocId && rootDocId <= last.docIds.at(-1)!)
      return last
    let low = 0
    let high = this.#info.recordCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#index.u32(middle * 4) <= rootDocId) low = middle + 1
      else high = middle
    }
    return this.#record(Math.max(0, low - 1))
  }

  #record(number: number): StoredRecord {
    if (this.#last?.number === number) return this.#last
    const bytes = this.#read(number)
    const reader = new ByteReader(bytes)
    const docIds: number[] = []
    const lengths: number[] = []
    let docId = 0
    for (let left = reader.varint(); left > 0; left--) {
      docId += reader.varint()
      docIds.push(docId)
      lengths.push(reader.varint())
    }
    let end = reader.offset
    const starts = [end]
    for (const length of lengths) starts.push((end += length))
    if (docIds.length === 0 || end !== bytes.length) {
      throw new VectorStoreError(
        'STORE_CHECKSUM',
        `stored record ${number} has ${bytes.length} bytes, wanted ${end}`
      )
    }
    const record = { number, bytes, docIds, starts }
    if (bytes.length <= keptBytesMax) this.#last = record
    return record
  }
}
