/** Here is a segment and a field, give me vectors, graph, postings, values, stored fields, live documents. */
export type * from './types.ts'
export { noMoreDocs } from './types.ts'
export { MemorySegment } from './memory-segment.ts'
export type { GrowingVectors, MemorySegmentOptions } from './memory-segment.ts'
export { vectorText } from './source-text.ts'
export { decodeNorm, encodeNorm } from './norm-code.ts'
