/** What every open does with the chain of batches: find its end, set aside what lies behind a gap, go on. */
import { auditChain, nextBatchRecord } from './chain.ts'
import { writeSynced } from './level.ts'
import type { ChainEnd } from './chain.ts'
import type { Level, LevelOperation } from './level.ts'
import type { RecoveryReport } from './types.ts'

export type RecoveredChain = {
  readonly end: ChainEnd
  readonly truncatedFrom: RecoveryReport['truncatedFrom']
  readonly recordsQuarantined: number
  readonly missingRecords: RecoveryReport['missingRecords']
  readonly notes: readonly string[]
}

/** Keeps the records behind a gap for salvage; may throw to refuse the open instead. */
export type Quarantine = (
  records: readonly (readonly [Uint8Array, Uint8Array])[],
  gap: number
) => Promise<void>

/** Removals of one batch; the last one carries the record that starts the chain again. */
const removalsMax = 2_000

/**
 * Makes the database a prefix of what was committed: operations and commit points behind the first gap of the chain are
 * handed to `quarantine`, then removed. The chain starts again behind them, so this happens once.
 */
export async function recoverChain(level: Level, quarantine: Quarantine): Promise<RecoveredChain> {
  const audit = await auditChain(level)
  if (audit.gap === null) {
    return {
      end: audit.end,
      truncatedFrom: [],
      recordsQuarantined: 0,
      missingRecords: audit.missing,
      notes: audit.notes
    }
  }
  await quarantine(audit.quarantined, audit.gap)
  const removals: LevelOperation[] = audit.quarantined.map(([key]) => ({ key, value: null }))
  // The newest batch record goes with the last batch, together with that record: until then the gap is found again.
  removals.reverse()
  const last = removals.splice(0, 1)
  for (let at = 0; at < removals.length; at += removalsMax) {
    await writeSynced(level, removals.slice(at, at + removalsMax))
  }
  const next = nextBatchRecord(audit.end, last, {
    oldest: audit.end.lastBatch + 1,
    timeMs: Date.now()
  })
  await writeSynced(level, [...last, next.operation])
  return {
    end: next.end,
    truncatedFrom: audit.truncatedFrom,
    recordsQuarantined: audit.quarantined.length,
    missingRecords: audit.missing,
    notes: audit.notes
  }
}

export const emptyReport: RecoveryReport = {
  clean: true,
  created: false,
  batchesReplayed: 0,
  bytesDropped: 0,
  recordsQuarantined: 0,
  orphansRemoved: 0,
  lastBatch: 0,
  truncatedFrom: [],
  missingRecords: [],
  notes: [],
  stepMs: {}
}
