/** Keys of hash terms (postings-format.ts), made by the kernel in a memory of its own. */
import { createKernelMemory, hashPostingKernels, referenceBase } from '../../simd/index.ts'
import type { HashPostingKernels } from '../../simd/index.ts'
import { AssertionFailure } from '../../util/index.ts'
import type { HashTerms } from './hash-terms.ts'

const termsMin = 1024
const bytesMin = 65_536

/** Keys of the terms: lower and upper half in turn, valid until the next call. See TermKeys.of. */
export function keysOf(terms: HashTerms): Uint32Array {
  return shared.of(terms)
}

class TermKeys {
  #kernels: HashPostingKernels | null = null
  #bytes = new Uint8Array(0)
  #ends = new Uint32Array(0)
  #keys = new Uint32Array(0)

  /**
   * Keys of the terms: lower and upper half in turn.
   *
   * Shapes   Result: u32[2 * count], valid until the next call.
   * Cost     about 20 ns a term.
   */
  of(terms: HashTerms): Uint32Array {
    const { bytes, ends, count } = terms
    const kernels = this.#reserve(bytes.length, count)
    this.#bytes.set(bytes)
    this.#ends.set(ends)
    const { byteOffset: bytesAt } = this.#bytes
    kernels.keysOf(bytesAt, this.#ends.byteOffset, count, this.#keys.byteOffset)
    return this.#keys.subarray(0, 2 * count)
  }

  #reserve(byteCount: number, count: number): HashPostingKernels {
    const known = this.#kernels
    // The kernel reads words of eight bytes, which end where a term ends at the latest.
    if (known !== null && byteCount <= this.#bytes.length && count <= this.#ends.length)
      return known
    const bytesMax = Math.max(bytesMin, align64(byteCount * 2))
    const countMax = Math.max(termsMin, align64(count * 2))
    const bytesAt = referenceBase
    const endsAt = bytesAt + bytesMax
    const keysAt = endsAt + countMax * 4
    const memory = createKernelMemory(keysAt + countMax * 8)
    this.#bytes = new Uint8Array(memory.buffer, bytesAt, bytesMax)
    this.#ends = new Uint32Array(memory.buffer, endsAt, countMax)
    this.#keys = new Uint32Array(memory.buffer, keysAt, countMax * 2)
    const fault = (): number => {
      throw new AssertionFailure('keys are made without pages')
    }
    this.#kernels = hashPostingKernels({ memory, fault })
    return this.#kernels
  }
}

function align64(count: number): number {
  return Math.ceil(count / 64) * 64
}

const shared = new TermKeys()
