/** What the parts of a search forbid each other, told all at once where Elasticsearch does. */
import type { SortSpec } from '../../node/index.ts'
import type { SearchDraft } from './search-draft.ts'
import { illegalArgument, validationFailure } from '../wire-failure.ts'

/**
 * Source   Elasticsearch SearchRequest.validate, SearchSourceBuilder.
 * Errors   REQUEST_VALIDATION, REQUEST_ARGUMENT.
 */
export function checkSearch(draft: SearchDraft): void {
  const { search } = draft
  const faults = draft.scrollKeepAliveMs === null ? [] : scrollFaults(draft)
  if (draft.retriever !== null) faults.push(...retrieverFaults(draft))
  if (search.searchAfter !== null && search.from > 0)
    faults.unshift('[from] parameter must be set to 0 when [search_after] is used')
  if (draft.storedFieldsOff) faults.push(...sourceFaults(draft))
  if (faults.length > 0) throw validationFailure(faults)
  if (search.sort.some((key) => key.type === 'shardDoc') && draft.pointInTime === null)
    throw illegalArgument('[_shard_doc] sort field cannot be used without [point in time]')
  const sortsByScore = search.sort.every((key) => key.type === 'score' && key.descending)
  if (search.rescore.length > 0 && !sortsByScore)
    throw illegalArgument('Cannot use [sort] option in conjunction with [rescore].')
  if (search.searchAfter !== null && sortOf(draft, search.sort).length === 0)
    throw illegalArgument('Sort must contain at least one field.')
}

/**
 * Hits come by score, best first, anyway: where a sort says no more they are shown as if nothing was said. In a point in time
 * it gets a tie break, to go on behind a hit.
 */
export function sortOf(
  { pointInTime }: Pick<SearchDraft, 'pointInTime'>,
  sort: readonly SortSpec[]
): readonly SortSpec[] {
  const [first, second] = sort
  const isOnlyScore = first?.type === 'score' && first.descending && second === undefined
  return pointInTime === null && isOnlyScore ? [] : sort
}

/** What a scroll cannot be asked together with. */
function scrollFaults(draft: SearchDraft): string[] {
  const { search } = draft
  const faults: string[] = []
  if (search.trackTotalHits === false)
    faults.push('disabling [track_total_hits] is not allowed in a scroll context')
  if (search.from > 0) faults.push('using [from] is not allowed in a scroll context')
  if (search.size === 0) faults.push('[size] cannot be [0] in a scroll context')
  if (search.rescore.length > 0) faults.push('using [rescore] is not allowed in a scroll context')
  if (search.searchAfter !== null) faults.push('[search_after] cannot be used in a scroll context')
  if (draft.pointInTime !== null)
    faults.push('using [point in time] is not allowed in a scroll context')
  return faults
}

/** Without stored fields there is no source, asked for or not. */
function sourceFaults(draft: SearchDraft): string[] {
  const isAsked = draft.sourceAsked && draft.fetch.source !== false
  draft.fetch.source = false
  return isAsked ? ['[stored_fields] cannot be disabled if [_source] is requested'] : []
}

/** Parts that a retriever takes the place of. */
function retrieverFaults(draft: SearchDraft): string[] {
  const { search } = draft
  const offenders = [
    search.query === null ? '' : 'query',
    draft.knn.length === 0 ? '' : 'knn',
    search.searchAfter === null ? '' : 'search_after',
    search.sort.length === 0 ? '' : 'sort',
    search.rescore.length === 0 ? '' : 'rescore',
    search.minScore === null ? '' : 'min_score'
  ].filter((name) => name !== '')
  return offenders.length === 0 ? [] : [`cannot specify [retriever] and [${offenders.join(', ')}]`]
}
