/** Here is a document, give me typed fields; here is a query with field names, give me one the index can answer. */
export type * from './types.ts'
