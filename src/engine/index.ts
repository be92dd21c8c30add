/** Here are operations, make them searchable and durable. */
export type * from './types.ts'
