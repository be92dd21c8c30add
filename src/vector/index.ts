/** Here are vectors and a query, give me the nearest ordinals. Knows no keys, no documents, no files. */
export type * from './types.ts'
