/** Decodes one leaf of a dictionary (dictionary-format.ts): all of it, one term of it, or the place of a term in it. */
import { numbersPerTermMax, termsPerLeaf } from './dictionary-format.ts'
import { ByteReader } from '../util/index.ts'

/** A decoded leaf: memory of its own, no frame. */
export type DictionaryLeaf = {
  readonly leaf: number
  readonly terms: readonly string[]
  /** `numbersPerTerm` of each term, one after another. */
  readonly numbers: readonly number[]
}

export function decodeLeaf(
  bytes: Uint8Array,
  count: number,
  numbersPerTerm: number
): Pick<DictionaryLeaf, 'terms' | 'numbers'> {
  const reader = new ByteReader(bytes)
  const terms: string[] = []
  const numbers: number[] = []
  for (let at = 0; at < count; at++) {
    scratch.read(reader)
    terms.push(scratch.text())
    for (let which = 0; which < numbersPerTerm; which++) numbers.push(reader.varint())
  }
  return { terms, numbers }
}

export function decodeTerm(bytes: Uint8Array, at: number, numbersPerTerm: number): string {
  const reader = new ByteReader(bytes)
  for (let before = 0; ; before++) {
    scratch.read(reader)
    if (before === at) return scratch.text()
    for (let which = 0; which < numbersPerTerm; which++) reader.varint()
  }
}

/** Where a term is in a leaf, or would be. */
class LeafSearch {
  at = 0
  found = false
  /** Of the terms up to and, when it is found, with this one: the first `numberCount`. */
  readonly numbers: Float64Array = new Float64Array(termsPerLeaf * numbersPerTermMax)
  numberCount = 0

  /**
   * Finds a term by its bytes; makes no strings. What a term shares with the one before it tells how it stands to the wanted
   * one: more than was equal so far, and it is still below; less, and it is above.
   *
   * @param reader  Of the leaf's bytes; it is moved.
   * @param count   Terms of the leaf.
   * @param wanted  The first `wantedLength` bytes.
   */
  find(
    reader: ByteReader,
    count: number,
    numbersPerTerm: number,
    wanted: Uint8Array,
    wantedLength: number
  ): void {
    const { bytes } = reader
    reader.offset = 0
    this.found = false
    this.numberCount = 0
    // Bytes that the term before has in common with the wanted one, which is above it.
    let equal = 0
    for (this.at = 0; this.at < count; this.at++) {
      const shared = reader.varint()
      let next = reader.skip(reader.varint())
      if (shared < equal) return
      if (shared === equal) {
        const end = reader.offset
        while (next < end && equal < wantedLength && bytes[next] === wanted[equal]) {
          next += 1
          equal += 1
        }
        this.found = equal === wantedLength && next === end
        if (
          !this.found &&
          (equal === wantedLength || (next < end && bytes[next]! > wanted[equal]!))
        )
          return
      }
      for (let which = 0; which < numbersPerTerm; which++)
        this.numbers[this.numberCount++] = reader.varint()
      if (this.found) return
    }
  }
}

/** One for all lookups: an object and a list for each were most of their garbage. */
export const leafSearch: LeafSearch = new LeafSearch()

/** The bytes of a term while its leaf is read: each starts with what it shares with the one before. */
class TermScratch {
  #bytes = Buffer.alloc(128)
  #length = 0

  read(reader: ByteReader): void {
    const shared = reader.varint()
    const rest = reader.take(reader.varint())
    this.#length = shared + rest.length
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.alloc(this.#length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(rest, shared)
  }

  text(): string {
    return this.#bytes.toString('utf8', 0, this.#length)
  }
}

/** The first term of a leaf shares nothing with what was read before. One for all leaves: memory outside of the heap is dear to make. */
const scratch = new TermScratch()
