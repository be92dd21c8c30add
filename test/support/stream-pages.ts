/** Page streams without a store: pages in a map, read through a cache with a few frames. */
import { PageCache } from '../../src/cache/index.ts'
import { memoryViews, PageStream } from '../../src/segment/page-stream-reader.ts'
import { PageStreamWriter } from '../../src/segment/page-stream-writer.ts'
import type { StreamKind } from '../../src/segment/page-stream-format.ts'
import { RecordSink } from '../../src/segment/record-sink.ts'
import { pageKey } from '../../src/store/index.ts'
import type { RecordPut, Store } from '../../src/store/index.ts'
import { assert } from '../../src/util/index.ts'

export class StreamPages {
  readonly sink: RecordSink
  readonly batches: number[] = []
  readonly #records = new Map<string, Uint8Array>()
  readonly #cache = new PageCache({
    budgetBytes: 8 * 2 ** 20,
    reserveBytes: 0,
    read: (key) => this.#read(key)
  })

  constructor() {
    const store = { commit: (records: readonly RecordPut[]) => this.#commit(records) } as Store
    this.sink = new RecordSink({ store, index: 1, generation: 1 })
  }

  writer(kind: StreamKind): PageStreamWriter {
    return new PageStreamWriter(this.sink, kind)
  }

  /** Ends a stream and opens it for reading. */
  async reader(kind: StreamKind, writer: PageStreamWriter): Promise<PageStream> {
    return this.opened(kind, 0, writer.finish())
  }

  async opened(kind: StreamKind | 'ords', field: number, byteCount: number): Promise<PageStream> {
    await this.sink.flush()
    const keyOf = (page: number): Uint8Array => pageKey(1, 1, kind, field, page)
    return new PageStream(byteCount, memoryViews(this.#cache.memory), (pageCount) =>
      this.#cache.table({ kind, pageCount, keyOf })
    )
  }

  #commit(records: readonly RecordPut[]): Promise<void> {
    let bytes = 0
    for (const { key, payload } of records) {
      const name = Buffer.from(key).toString('hex')
      assert(!this.#records.has(name), 'a key is written once')
      this.#records.set(name, payload.slice())
      bytes += payload.length
    }
    this.batches.push(bytes)
    return Promise.resolve()
  }

  #read(key: Uint8Array): Uint8Array {
    const payload = this.#records.get(Buffer.from(key).toString('hex'))
    assert(payload !== undefined, 'a page was written')
    return payload
  }
}
