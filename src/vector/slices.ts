/** Long work on the caller's thread, in slices that leave the event loop free. */

/** Longest slice. The event loop must answer within 10 ms; a slice may overshoot by one unit of work. */
const sliceMs = 4

export type Slices = {
  /** Whether the slice is used up. */
  due(): boolean
  /** Lets the event loop run. Rejects with the signal's reason when it was aborted. */
  wait(): Promise<void>
}

export function yieldEvery(signal: AbortSignal | undefined): Slices {
  let endMs = performance.now() + sliceMs
  return {
    due: () => performance.now() >= endMs,
    wait: async () => {
      await new Promise<void>((done) => void setImmediate(done))
      signal?.throwIfAborted()
      endMs = performance.now() + sliceMs
    }
  }
}
