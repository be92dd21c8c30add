/** Here is a segment and a field, give me vectors, graph, postings, values, stored fields, live documents. */
export type * from './types.ts'
export { noMoreDocs } from './types.ts'
