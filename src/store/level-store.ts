/** A store over a database that has no files around it: memory-level and the simulated one of the tests. */
import { GuardedStore } from './guarded-store.ts'
import { emptyReport, recoverChain } from './recovery.ts'
import type { GuardOptions, Medium } from './medium.ts'
import type { Level } from './level.ts'

/**
 * @param openLevel  Gives the opened database; called again after a write error, when the old one is closed.
 */
export function openLevelStore(
  openLevel: () => Promise<Level>,
  options: Partial<GuardOptions> = {}
): Promise<GuardedStore> {
  const medium: Medium = {
    folder: null,
    readersPath: null,
    ownsValues: false,
    open: async () => {
      const startMs = performance.now()
      const level = await openLevel()
      const chain = await recoverChain(level, () => Promise.resolve())
      const report = {
        ...emptyReport,
        created: chain.end.lastBatch === 0,
        lastBatch: chain.end.lastBatch,
        recordsQuarantined: chain.recordsQuarantined,
        truncatedFrom: chain.truncatedFrom,
        missingRecords: chain.missingRecords,
        notes: chain.notes,
        stepMs: { chain: performance.now() - startMs }
      }
      return { level, end: chain.end, report }
    },
    prepareReopen: () => Promise.resolve(true),
    freeBytes: () => Promise.resolve(Infinity),
    regain: () => Promise.resolve(true),
    closed: () => Promise.resolve(),
    release: () => Promise.resolve()
  }
  return GuardedStore.open(medium, options)
}
