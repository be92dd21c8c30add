/**
 * The bytes of a long answer as it is printed, in slabs that the next answers take over. Parts of their own for each answer were as many
 * bytes outside of V8's heap as the answer itself, and such bytes start collections.
 */
import type { Steps } from '../util/index.ts'

const slabBytes = 2 ** 18
/** Slabs that are kept: a few answers of a megabyte at once. */
const spareSlabsMax = 16

const spareSlabs: Buffer[] = []

export class AnswerBytes {
  readonly #parts: Uint8Array[] = []
  readonly #slabs: Buffer[] = []
  /** Of the last slab: where the part under way begins, and where it ends so far. */
  #start = slabBytes
  #end = slabBytes
  #byteLength = 0

  addText(text: string): void {
    const byteLength = Buffer.byteLength(text)
    if (byteLength > slabBytes) {
      this.add(Buffer.from(text))
      return
    }
    if (byteLength > slabBytes - this.#end) this.#openSlab()
    this.#slabs.at(-1)?.write(text, this.#end)
    this.#end += byteLength
    this.#byteLength += byteLength
  }

  /** Bytes that nobody changes until all are joined. */
  add(bytes: Uint8Array): void {
    this.#closePart()
    this.#parts.push(bytes)
    this.#byteLength += bytes.length
  }

  /** All of it, once. Part by part: some ten megabytes take longer than a turn. */
  *joined(): Steps<Buffer> {
    this.#closePart()
    const joined = Buffer.allocUnsafe(this.#byteLength)
    let to = 0
    for (const part of this.#parts) {
      joined.set(part, to)
      to += part.length
      yield
    }
    spareSlabs.push(...this.#slabs.splice(0, spareSlabsMax - spareSlabs.length))
    return joined
  }

  #openSlab(): void {
    this.#closePart()
    this.#slabs.push(spareSlabs.pop() ?? Buffer.allocUnsafeSlow(slabBytes))
    this.#start = this.#end = 0
  }

  #closePart(): void {
    const slab = this.#slabs.at(-1)
    if (slab !== undefined && this.#end > this.#start)
      this.#parts.push(slab.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}
