/** `search_type` of a search, alone, among several and in a delete by query. */
import { illegalArgument } from '../wire-failure.ts'

/** One node has the statistics of all its documents at hand: both are the same. */
const searchTypes = new Set(['query_then_fetch', 'dfs_query_then_fetch'])

/** Errors REQUEST_ARGUMENT. */
export function checkSearchType(text: string): void {
  if (!searchTypes.has(text)) throw illegalArgument(`No search type for [${text}]`)
}
