/** Searches at once, with an object for each hit. */
import { executeSearch as execute } from '../../src/search/index.ts'
import type { SearchHit, SearchRequest, SearchResult } from '../../src/search/index.ts'

export function executeSearch(
  request: SearchRequest
): Omit<SearchResult, 'hits'> & { readonly hits: readonly SearchHit[] } {
  const result = execute(request)
  return { ...result, hits: [...result.hits] }
}
