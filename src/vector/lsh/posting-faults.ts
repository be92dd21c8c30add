/** Checks hash postings against themselves. */
import type { HashPostings } from '../hash-postings.ts'

/** Faults of one kind tell no more after so many. */
const faultsMax = 10

/**
 * What is wrong with hash postings; empty when they are sound.
 *
 * Cost   reads all of them, some 5 ns a posting.
 */
export function postingFaults(postings: HashPostings | null, size: number): string[] {
  if (postings === null) return []
  const faults: string[] = []
  const entries = postings.entries()
  let lastHigh = -1
  let lastLow = -1
  while (entries.next() && faults.length < faultsMax) {
    const { high, low } = entries
    if (high < lastHigh || (high === lastHigh && low <= lastLow)) {
      faults.push(`hash term ${high} ${low} follows ${lastHigh} ${lastLow}`)
    }
    lastHigh = high
    lastLow = low
    let last = -1
    entries.visit((ord) => {
      if (ord > last && ord < size) {
        last = ord
        return
      }
      if (faults.length < faultsMax) {
        faults.push(`vector ${ord} of hash term ${high} ${low} follows ${last}, of ${size}`)
      }
    })
    if (last < 0) faults.push(`hash term ${high} ${low} has no vectors`)
  }
  return faults
}
