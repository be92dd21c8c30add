/** Deletes what a query matches, as of the moment it starts; a document that changed since is a conflict. */
import type { Operation } from '../engine/index.ts'
import type { Query } from '../query/index.ts'
import { visitMatches } from '../search/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { lowering } from './lower-search.ts'
import type { OpenIndex } from './open-index.ts'
import { pinTargets } from './pinned.ts'
import type { SlicedSearches } from './sliced-search.ts'
import type { ByQueryResult, ResolvedIndex, WriteResult } from './types.ts'

/** Documents deleted in one batch, Elasticsearch's scroll size. */
const batchDocs = 1_000

type Tally = {
  totalCount: number
  deletedCount: number
  versionConflictCount: number
  batchCount: number
  failures: WriteResult[]
}

export async function deleteByQuery(
  targets: readonly ResolvedIndex[],
  query: Query,
  options: { readonly maxDocs: number | null; readonly proceedOnConflict: boolean },
  searches: SlicedSearches
): Promise<ByQueryResult> {
  const started = performance.now()
  const tally: Tally = {
    totalCount: 0,
    deletedCount: 0,
    versionConflictCount: 0,
    batchCount: 0,
    failures: []
  }
  const result = (): ByQueryResult => ({
    tookMs: Math.floor(performance.now() - started),
    ...tally
  })
  let left = options.maxDocs ?? Number.POSITIVE_INFINITY
  for (const target of targets) {
    const operations = await matchingDeletes(target, query, left, searches)
    left -= operations.length
    tally.totalCount += operations.length
    for (let at = 0; at < operations.length; at += batchDocs) {
      const conflicts = tally.versionConflictCount
      await applyBatch(target.index as OpenIndex, operations.slice(at, at + batchDocs), tally)
      if (tally.versionConflictCount > conflicts && !options.proceedOnConflict) return result()
    }
  }
  return result()
}

async function matchingDeletes(
  target: ResolvedIndex,
  query: Query,
  countMax: number,
  searches: SlicedSearches
): Promise<Operation[]> {
  const pinned = pinTargets([target])
  const operations: Operation[] = []
  try {
    const [one] = pinned.targets
    if (one === undefined || countMax <= 0) return operations
    const lower = lowering(target.index)
    const searched = {
      index: 0,
      indexName: target.index.metadata.name,
      segments: one.segments,
      filter: target.aliasFilter === null ? null : lower(target.aliasFilter),
      query: lower(query),
      knn: [],
      postFilter: null,
      sort: [],
      field: (name: string) => target.index.mapping.field(name)
    }
    const visit = (segment: SegmentView, docId: number): boolean => {
      const { id, seqNo } = segment.reader.stored(docId)
      operations.push({ type: 'delete', id, conditions: { ifSeqNo: seqNo, ifPrimaryTerm: 1 } })
      return operations.length < countMax
    }
    await searches.run(pinned, 'inSlices', ({ slice }) =>
      visitMatches(searched, visit, slice === null ? {} : { slice })
    )
  } finally {
    pinned.release()
  }
  return operations
}

async function applyBatch(
  index: OpenIndex,
  operations: readonly Operation[],
  tally: Tally
): Promise<void> {
  tally.batchCount += 1
  for (const outcome of await index.apply(operations)) {
    if (outcome.ok) tally.deletedCount += 1
    else {
      if (outcome.error.code === 'DOC_VERSION') tally.versionConflictCount += 1
      tally.failures.push({
        index: index.metadata.name,
        indexUuid: index.metadata.uuid,
        id: outcome.id,
        outcome
      })
    }
  }
}
