/** Here are segments and a planned query, give me hits. */
export type * from './types.ts'
export { noColumnText } from './no-column-text.ts'
export { executeSearch, searchSteps } from './execute-search.ts'
export { countMatches, visitMatches } from './visit-matches.ts'
export { noHits, SearchHits } from './search-hits.ts'
export { isShort } from './find-ahead.ts'
export type { VectorThreads } from './find-ahead.ts'
