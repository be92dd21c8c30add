/** Here is a query tree: its types, checks and rewriting. No I/O. */
export type * from './types.ts'
