/** Small data structures and rules that know nothing of documents, vectors or keys. */
export { ascending } from './ascending.ts'
export { assert, AssertionFailure, verifyAll } from './assert.ts'
export { BitSet, popcount } from './bit-set.ts'
export { VectorStoreError, kindByCode } from './errors.ts'
export type { ErrorCode, ErrorDetails } from './errors.ts'
export type { Cancellation } from './cancellation.ts'
export { Growable, lowerBound } from './growable.ts'
export { SpareCores } from './spare-cores.ts'
export { compareTerms, sortTerms, sortTermsInSteps, termsAtOnceMax } from './term-order.ts'
export {
  float32Text,
  javaDoubleText,
  javaFloatLengthMax,
  javaFloatText,
  shortestFloat32,
  writeJavaFloat
} from './float32-text.ts'
export { bufferOf } from './json-bytes.ts'
export { parseJson, parseJsonWithVector, readJsonValue } from './json-parse.ts'
export { jsonAtOnceBytesMax, parseJsonSteps } from './json-steps.ts'
export { keepNumberText, parseWithSource } from './json-source.ts'
export type { JsonNumbers } from './json-steps.ts'
export { jsonDepthMax, JsonScanner } from './json-scan.ts'
export type { JsonToken } from './json-scan.ts'
export { ByteWriter } from './byte-writer.ts'
export { ByteReader } from './byte-reader.ts'
export { FloatSlab } from './float-slab.ts'
export { base64Length, base64OfFloats, readBase64 } from './float-base64.ts'
export { longMax, longMin } from './long-range.ts'
export { loopSlice, LoopTurns, nextTurn, turnWorkMs } from './loop-slices.ts'
export type { LoopSlice } from './loop-slices.ts'
export { beginInSlices, finishAtOnce, neverDue, runInSlices, valueOf, whereDue } from './steps.ts'
export type { Steps } from './steps.ts'
export { jsonString } from './json-string.ts'
export { RawJson } from './raw-json.ts'
export { filterText } from './filter-text.ts'
export type { TextFilter } from './filter-text.ts'
export { memberText } from './member-text.ts'
export { mergeText } from './merge-text.ts'
export { isList, MadeList, mapList } from './made-list.ts'
export type { ListOf } from './made-list.ts'
export { NumberedStrings } from './numbered-strings.ts'
export { matchesWildcard } from './wildcard.ts'
