/** Here are segments and a planned query, give me hits. */
export type * from './types.ts'
