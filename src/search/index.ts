/** Here are segments and a planned query, give me hits. */
export type * from './types.ts'
export { noColumnText } from './no-column-text.ts'
export { executeSearch } from './execute-search.ts'
export { countMatches, visitMatches } from './visit-matches.ts'
export { askThreads } from './thread-answers.ts'
export type { VectorThreads } from './thread-answers.ts'
