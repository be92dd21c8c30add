/** Here is a folder, give me a running node with its indices. The embedded API. */
export type * from './types.ts'
