/**
 * leveret verify: reads every record and checks what it says against what the others say.
 *
 * 1. open with the audit of every opening (logs, tables, chain of batches, manifests);
 * 2. every key of the store: known kind, header, CRC;
 * 3. every index: every segment, its pages against the counts of its info, ids, postings, graphs;
 * 4. every block of LevelDB's tables: its own CRC, which reading single records does not reach.
 */
import type { NodeIndex, RunningNode } from '../node/index.ts'
import { verifySegment } from '../segment/index.ts'
import { verifyTables } from '../store/index.ts'
import { VectorStoreError } from '../util/index.ts'
import { openExisting } from './existing.ts'

export type Verdict = {
  readonly folder: string
  readonly clean: boolean
  readonly recordCount: number
  readonly segmentCount: number
  readonly documentCount: number
  readonly faults: readonly string[]
  readonly notes: readonly string[]
}

/** Checks a folder that no other process has open. Errors STORE_*: it cannot even be opened. */
export async function verify(folder: string): Promise<Verdict> {
  const { node } = await openExisting(folder)
  let verdict: Verdict
  try {
    const { recordCount, faults: recordFaults } = await node.verifyRecords()
    const faults = [...recordFaults, ...missingRecords(node)]
    let segmentCount = 0
    let documentCount = 0
    for (const index of node.indices()) {
      const { segments, documents } = verifyIndex(index, faults)
      segmentCount += segments
      documentCount += documents
    }
    const { clean, notes } = node.recoveryReport
    verdict = {
      folder: node.folder,
      clean,
      recordCount,
      segmentCount,
      documentCount,
      faults,
      notes
    }
  } finally {
    await node.close()
  }
  // Not before: while it is open LevelDB makes new tables of old ones and removes those.
  return { ...verdict, faults: [...verdict.faults, ...(await verifyTables(verdict.folder))] }
}

function missingRecords(node: RunningNode): string[] {
  return node.recoveryReport.missingRecords.map(
    (record) => `${JSON.stringify(record)}: the newest record of its kind is not there`
  )
}

function verifyIndex(
  index: NodeIndex,
  faults: string[]
): { readonly segments: number; readonly documents: number } {
  const { name } = index.metadata
  if (index.fault !== null) faults.push(`[${name}] cannot be opened: ${index.fault.message}`)
  if (index.engine === null) return { segments: 0, documents: 0 }
  const searcher = index.engine.acquireSearcher()
  try {
    for (const { reader } of searcher.segments)
      for (const fault of verifySegment(reader, true))
        faults.push(`[${name}] segment ${reader.name}: ${fault}`)
    return { segments: searcher.segments.length, documents: searcher.liveDocCount }
  } finally {
    searcher.release()
  }
}

export async function verifyFolder(flags: {
  readonly data: string
  readonly json: boolean
}): Promise<void> {
  const verdict = await verify(flags.data)
  if (flags.json) process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`)
  else {
    for (const note of verdict.notes) process.stdout.write(`note: ${note}\n`)
    for (const fault of verdict.faults) process.stdout.write(`fault: ${fault}\n`)
    process.stdout.write(
      `${verdict.recordCount} records, ${verdict.segmentCount} segments, ${verdict.documentCount} documents: ${verdict.faults.length === 0 ? 'nothing found' : `${verdict.faults.length} faults`}\n`
    )
  }
  if (verdict.faults.length > 0)
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `${verdict.faults.length} faults in ${verdict.folder}`
    )
}
