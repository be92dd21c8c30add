/** Long work on the caller's thread, in slices that leave the event loop free (util/loop-slices.ts). */
import { loopSlice } from '../util/index.ts'

export type Slices = {
  /** Whether the slice is used up. */
  due(): boolean
  /** Lets the event loop run. Rejects with the signal's reason when it was aborted. */
  wait(): Promise<void>
}

export function yieldEvery(signal: AbortSignal | undefined): Slices {
  const slice = loopSlice()
  return {
    due: () => slice.due(),
    wait: async () => {
      await slice.wait()
      signal?.throwIfAborted()
    }
  }
}
