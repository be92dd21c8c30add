/**
 * The terms of one vector, one behind the other in one buffer that is used again for the next vector.
 *
 * | bytes of a term                           | models                                                       |
 * | ----------------------------------------- | ------------------------------------------------------------ |
 * | number                                    | trueIndices, permutation; minHash of an empty vector         |
 * | table number, bits as a number            | bitSampling, randomProjection                                |
 * | table i32, then one i32 a function        | minHash, stableDistributions                                 |
 *
 * A number takes 1 byte from -127 to 127, 2 bytes from -32767 to 32767, else 4; all are little-endian, two's complement.
 * These are the bytes that Elastiknn writes. Where lengths could not tell tables apart (more than 128 tables of more than 7
 * functions: [5, 1 + 256 b] and [261, b] are the same three bytes) the table number takes 4 bytes, so that
 * no two tables share a term.
 */
import { assert } from '../../util/index.ts'

const oneByteMax = 127
const twoBytesMax = 32_767
/** From here on a table number takes two bytes. */
const oneByteTables = 128
/** So many bits fit into a number of one byte. */
const oneByteBits = 7

/** Whether terms of bits must spell their table number in 4 bytes. */
export function isWideTable(tables: number, functions: number): boolean {
  return tables > oneByteTables && functions > oneByteBits
}

/** Room at first where terms come one by one. */
const bytesMin = 1024
const termsMin = 128

/** Room is taken when it is known how much: each query makes terms of its own, and mostly they are few. */
const noBytes = new Uint8Array(0)
const noTerms = new Uint32Array(0)

export class HashTerms {
  #bytes = noBytes
  #ends = noTerms
  #frequencies = noTerms
  #count = 0
  #length = 0

  get count(): number {
    return this.#count
  }

  /** Bytes of all terms, one behind the other; valid until `clear`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Where the bytes of each term end. */
  get ends(): Uint32Array {
    return this.#ends.subarray(0, this.#count)
  }

  get frequencies(): Uint32Array {
    return this.#frequencies.subarray(0, this.#count)
  }

  clear(): void {
    this.#count = 0
    this.#length = 0
  }

  /** Appends a number in as few bytes as it takes to the open term. */
  number(value: number): void {
    const magnitude = Math.abs(value)
    this.#append(value, magnitude <= oneByteMax ? 1 : magnitude <= twoBytesMax ? 2 : 4)
  }

  /** Appends a number in 4 bytes to the open term. */
  int32(value: number): void {
    this.#append(value, 4)
  }

  #append(value: number, byteCount: number): void {
    this.#reserve(this.#length + 4, this.#count)
    const bytes = this.#bytes
    const at = this.#length
    // All four are written, what is not wanted is written over by the next.
    bytes[at] = value
    bytes[at + 1] = value >> 8
    bytes[at + 2] = value >> 16
    bytes[at + 3] = value >> 24
    this.#length = at + byteCount
  }

  /** Closes the open term. */
  end(frequency: number): void {
    this.#reserve(this.#length, this.#count + 1)
    this.#ends[this.#count] = this.#length
    this.#frequencies[this.#count] = frequency
    this.#count++
  }

  /** All in one buffer: each outside of the heap takes most of a µs. */
  #reserve(byteCount: number, termCount: number): void {
    const [bytes, ends, frequencies] = [this.#bytes, this.#ends, this.#frequencies]
    if (byteCount <= bytes.length && termCount <= ends.length) return
    const byteRoom = roomOf(byteCount, bytes.length, this.#length === 0 ? 0 : bytesMin)
    const room = roomOf(termCount, ends.length, this.#count === 0 ? 0 : termsMin)
    const buffer = new ArrayBuffer(room * 8 + byteRoom)
    this.#ends = new Uint32Array(buffer, 0, room)
    this.#frequencies = new Uint32Array(buffer, room * 4, room)
    this.#bytes = new Uint8Array(buffer, room * 8, byteRoom)
    this.#ends.set(ends)
    this.#frequencies.set(frequencies)
    this.#bytes.set(bytes)
  }

  /** A term for each table: its number, and `functions` of the numbers, all in 4 bytes. */
  addTables(numbers: Int32Array, functions: number): void {
    const tables = numbers.length / functions
    const wordsPerTerm = functions + 1
    assert(this.#length % 4 === 0, 'terms of tables come first')
    const byteCount = tables * wordsPerTerm * 4
    this.#reserve(this.#length + byteCount, this.#count + tables)
    const { buffer, byteOffset } = this.#bytes
    const words = new Int32Array(buffer, byteOffset + this.#length, byteCount / 4)
    const ends = this.#ends
    let from = 0
    let to = 0
    for (let table = 0; table < tables; table++) {
      words[to++] = table
      for (let at = 0; at < functions; at++) words[to++] = numbers[from++]!
      ends[this.#count + table] = this.#length + to * 4
    }
    this.#frequencies.fill(1, this.#count, this.#count + tables)
    this.#count += tables
    this.#length += byteCount
  }

  /** A term of one table: its number and a string of bits. */
  endBits(table: number, bits: number, isWide: boolean): void {
    if (isWide) this.int32(table)
    else this.number(table)
    this.number(bits)
    this.end(1)
  }

  /** Bytes of a term; valid until `clear`. */
  term(at: number): Uint8Array {
    assert(at < this.#count, 'term < terms')
    return this.#bytes.subarray(at === 0 ? 0 : this.#ends[at - 1]!, this.#ends[at])
  }

  /** Times that the vector has the term. */
  frequency(at: number): number {
    assert(at < this.#count, 'term < terms')
    return this.#frequencies[at]!
  }
}

/** @param leastMore  Of room that grows, which is doubled; 0: it is known how much is wanted. */
function roomOf(wanted: number, room: number, leastMore: number): number {
  if (wanted <= room) return room
  return leastMore === 0 ? wanted : Math.max(leastMore, 2 * wanted)
}
