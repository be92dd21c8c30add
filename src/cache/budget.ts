/** How small and how large a cache may be. */
import { frameShift, kernelMemoryBytesMax, referenceBase } from '../simd/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { clockBytes, framesPerSlot } from './frame-clock.ts'

export const frameBytes: number = 1 << frameShift
export const slotBytes: number = frameBytes * framesPerSlot
/** Fewer and a filtered walk evicts the pages it is about to read again: four ranks of neighbours at once. A guess. */
export const slotCountMin = 128
/** Room for tables and scratch beside the fewest slots. */
const heapBytesMin = 128 * slotBytes
/** The smallest budget that works with a reserve. */
export function budgetBytesMin(reserveBytes: number): number {
  const slotsBytes = slotCountMin * slotBytes + heapBytesMin + reserveBytes
  const slotCount = Math.ceil(slotsBytes / slotBytes)
  const tablesBytes = clockBytes(slotCount) + slotCount * framesPerSlot
  return referenceBase + slotsBytes + tablesBytes + 8 * slotBytes
}

/** Errors: OPTION_INVALID when the budget is below budgetBytesMin(reserveBytes) or above the largest memory. */
export function checkBudget({
  budgetBytes,
  reserveBytes
}: {
  readonly budgetBytes: number
  readonly reserveBytes: number
}): void {
  const bytesMin = budgetBytesMin(reserveBytes)
  if (budgetBytes >= bytesMin && budgetBytes <= kernelMemoryBytesMax) return
  throw new VectorStoreError(
    'OPTION_INVALID',
    `budgetBytes is ${budgetBytes}, wanted ${bytesMin} to ${kernelMemoryBytesMax} with a reserve of ${reserveBytes} bytes`,
    { details: { budgetBytes, reserveBytes, bytesMin, bytesMax: kernelMemoryBytesMax } }
  )
}

export function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment
}
