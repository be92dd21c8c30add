/** Writes stored documents (stored-format.ts) in the order of their docIds. */
import type { PageStreamWriter } from './page-stream-writer.ts'
import type { RecordSink } from './record-sink.ts'
import { storedRecordBytesMin } from './stored-format.ts'
import type { StoredInfo } from './stored-format.ts'
import { ByteWriter } from '../util/index.ts'

export class StoredWriter {
  readonly #sink: RecordSink
  readonly #index: PageStreamWriter
  readonly #bodies = new ByteWriter(storedRecordBytesMin * 2)
  #docs: { readonly docId: number; readonly bytes: number }[] = []
  #recordCount = 0

  /** @param index  The stream `storedIndex`. */
  constructor(sink: RecordSink, index: PageStreamWriter) {
    this.#sink = sink
    this.#index = index
  }

  /** @param body  Copied. */
  add(rootDocId: number, body: Uint8Array): void {
    // A large document stands alone: who wants it reads nothing else, who wants another does not read it.
    if (body.length >= storedRecordBytesMin) this.#close()
    this.#docs.push({ docId: rootDocId, bytes: body.length })
    this.#bodies.bytes(body)
    if (this.#bodies.length >= storedRecordBytesMin) this.#close()
  }

  finish(): StoredInfo {
    this.#close()
    return { recordCount: this.#recordCount }
  }

  #close(): void {
    if (this.#docs.length === 0) return
    const record = new ByteWriter(this.#bodies.length + this.#docs.length * 8 + 8)
    record.varint(this.#docs.length)
    let last = 0
    for (const { docId, bytes } of this.#docs) {
      record.varint(docId - last)
      record.varint(bytes)
      last = docId
    }
    record.bytes(this.#bodies.view())
    this.#index.u32(this.#docs[0]!.docId)
    this.#sink.put('stored', 0, this.#recordCount, record.view())
    this.#recordCount += 1
    this.#docs = []
    this.#bodies.clear()
  }
}
