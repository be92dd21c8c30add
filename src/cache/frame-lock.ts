/**
 * The lock of the frames: a word that holds the number of the thread that has it, 0: nobody. It is held for microseconds, never
 * while the store reads. Nobody notifies: unlocking is one store, and who waits looks again by himself.
 */
import { framesLockAddress } from '../simd/index.ts'
import { assert, VectorStoreError } from '../util/index.ts'

/** Looks before a waiting thread sleeps. */
const spinCount = 200
const sleepMs = 0.05
/**
 * Two seconds at least, longer than any holder is kept from its processor; a thread that died with the lock is dealt with when its end
 * is heard of. By looks and not by the clock, which runs on while a machine sleeps.
 */
const looksMax = 40_000

const word = framesLockAddress / 4

export class FrameLock {
  readonly #words: Int32Array
  readonly #thread: number

  /** @param thread  1 or more; of each thread its own. */
  constructor(memory: WebAssembly.Memory, thread: number) {
    this.#words = new Int32Array(memory.buffer)
    this.#thread = thread
  }

  /** Errors  MEMORY_LIMIT when another thread does not give it up. */
  take(): void {
    if (Atomics.compareExchange(this.#words, word, 0, this.#thread) !== 0) this.#wait()
  }

  give(): void {
    Atomics.store(this.#words, word, 0)
  }

  /** The thread that has it, 0: nobody. */
  get holder(): number {
    return Atomics.load(this.#words, word)
  }

  #wait(): void {
    assert(this.holder !== this.#thread, 'a thread takes the lock once')
    for (let looks = 1; ; looks++) {
      const holder = Atomics.compareExchange(this.#words, word, 0, this.#thread)
      if (holder === 0) return
      if (looks < spinCount) continue
      if (looks > looksMax) {
        throw new VectorStoreError(
          'MEMORY_LIMIT',
          `frames are held by thread ${holder} after ${looksMax} looks, wanted microseconds`
        )
      }
      Atomics.wait(this.#words, word, holder, sleepMs)
    }
  }
}
