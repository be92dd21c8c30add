/** Small data structures and rules that know nothing of documents, vectors or keys. */
export { assert, AssertionFailure, verifyAll } from './assert.ts'
export { BitSet } from './bit-set.ts'
export { VectorStoreError, kindByCode } from './errors.ts'
export type { ErrorCode, ErrorDetails, ErrorKind } from './errors.ts'
