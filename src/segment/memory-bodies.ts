/**
 * The stored documents of a write buffer, as a merge writes them (stored-format.ts): encoded when they come, in slabs.
 *
 * Why not as objects: a dozen for each document, which V8 copies once or twice and then marks again and again as the buffer
 * grows, took a fifth of a load's processor time.
 */
import { decodeStoredBody, encodeStoredBody, storedBodyBytesMax } from './stored-format.ts'
import type { StoredBody } from './stored-format.ts'
import { assert, ByteWriter, Growable } from '../util/index.ts'

/** A larger document has a slab of its own. */
const slabBytes = 256 * 1024

export class MemoryBodies {
  /** Id by docId; null for children. */
  readonly ids: (string | null)[] = []
  readonly #slabs: ByteWriter[] = []
  #room = 0
  /** By docId: slab, first byte there, bytes; nothing of children. */
  readonly #slabOf = int32s()
  readonly #startOf = int32s()
  readonly #lengthOf = int32s()
  byteLength = 0

  addChild(): void {
    this.#add(null, -1, 0, 0)
  }

  addRoot(body: StoredBody): void {
    const most = storedBodyBytesMax(body)
    if (most > this.#room) {
      this.#room = Math.max(slabBytes, most)
      this.#slabs.push(new ByteWriter(this.#room))
    }
    const slab = this.#slabs.at(-1)
    assert(slab !== undefined, 'a slab has the room')
    const start = slab.length
    encodeStoredBody(body, slab)
    const length = slab.length - start
    this.#room -= length
    this.byteLength += length
    this.#add(body.id, this.#slabs.length - 1, start, length)
  }

  /** As stored-format.ts has it. */
  encoded(rootDocId: number): Uint8Array {
    const slab = this.#slabs[this.#slabOf.array[rootDocId]!]
    assert(slab !== undefined, 'stored documents are those of roots')
    return slab.view(this.#startOf.array[rootDocId]).subarray(0, this.#lengthOf.array[rootDocId])
  }

  body(rootDocId: number): StoredBody {
    return decodeStoredBody(this.encoded(rootDocId))
  }

  #add(id: string | null, slab: number, start: number, length: number): void {
    this.ids.push(id)
    this.#slabOf.push(slab)
    this.#startOf.push(start)
    this.#lengthOf.push(length)
  }
}

function int32s(): Growable<Int32Array> {
  return new Growable((length) => new Int32Array(length))
}
