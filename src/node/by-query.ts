/** Deletes what a query matches, as of the moment it starts; a document that changed since is a conflict. */
import type { Operation, OperationResult } from '../engine/index.ts'
import type { Query } from '../query/index.ts'
import { visitMatches } from '../search/index.ts'
import type { SegmentView } from '../segment/index.ts'
import { loopSlice, neverDue, whereDue } from '../util/index.ts'
import type { LoopSlice, Steps } from '../util/index.ts'
import { loweringAhead } from './lower-search.ts'
import type { PinnedIndex } from './lower-search.ts'
import type { OpenIndex } from './open-index.ts'
import { pinTargets } from './pinned.ts'
import type { SlicedSearches } from './sliced-search.ts'
import type { ByQueryResult, ResolvedIndex, WriteResult } from './types.ts'

/** Documents deleted in one batch, Elasticsearch's scroll size. */
const batchDocs = 1_000
/** Those that the engine looks up in one piece: 20 to 50 µs each. */
const partDocs = 64

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
    const visit = (segment: SegmentView, docId: number): boolean => {
      const { id, seqNo } = segment.reader.stored(docId)
      operations.push({ type: 'delete', id, conditions: { ifSeqNo: seqNo, ifPrimaryTerm: 1 } })
      return operations.length < countMax
    }
    await searches.run(pinned, 'inSlices', ({ slice }) => matchSteps(one, query, visit, slice))
  } finally {
    pinned.release()
  }
  return operations
}

function* matchSteps(
  { index, aliasFilter, segments }: PinnedIndex,
  query: Query,
  visit: Parameters<typeof visitMatches>[1],
  slice: LoopSlice | null
): Steps<void> {
  const queries = aliasFilter === null ? [query] : [aliasFilter, query]
  const lower = yield* whereDue(loweringAhead(index, queries), slice ?? neverDue)
  const searched = {
    index: 0,
    indexName: index.metadata.name,
    segments,
    filter: aliasFilter === null ? null : lower(aliasFilter),
    query: lower(query),
    knn: [],
    postFilter: null,
    sort: [],
    field: (name: string) => index.mapping.field(name)
  }
  yield* visitMatches(searched, visit, slice === null ? {} : { slice })
}

/** The documents are read before they are deleted: part by part, and the loop may run between two. */
async function applyParts(
  index: OpenIndex,
  operations: readonly Operation[]
): Promise<readonly OperationResult[]> {
  const turn = loopSlice()
  const applied: Promise<readonly OperationResult[]>[] = []
  for (let at = 0; at < operations.length; at += partDocs) {
    const part = index.apply(operations.slice(at, at + partDocs))
    // Awaited at the end; until then a failure must not end the process.
    part.catch(() => undefined)
    applied.push(part)
    if (turn.due()) await turn.wait()
  }
  return (await Promise.all(applied)).flat()
}

async function applyBatch(
  index: OpenIndex,
  operations: readonly Operation[],
  tally: Tally
): Promise<void> {
  tally.batchCount += 1
  for (const outcome of await applyParts(index, operations)) {
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
