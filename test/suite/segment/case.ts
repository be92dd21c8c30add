/** One case of the suite of segments, and what several of them need. */
import type { ExecutionContext } from 'ava'
import { noMoreDocs } from '../../../src/segment/index.ts'
import type { FieldInfo, PostingsIterator, SegmentReader } from '../../../src/segment/index.ts'
import { below } from '../../support/segment-documents.ts'
import type { FlatDoc, Random } from '../../support/segment-documents.ts'

type Case = {
  readonly t: ExecutionContext
  readonly reader: SegmentReader
  readonly docs: readonly FlatDoc[]
  readonly random: Random
}

/** By the sentence that each proves. */
export type SegmentCases = Readonly<Record<string, (given: Case) => void>>

type Doc = FlatDoc['doc']

export function valuesOf(doc: Doc, field: FieldInfo): readonly (bigint | number | string)[] {
  return doc.columns.find((each) => each.field === field)?.values ?? []
}

/** Moves over an iterator by next() and advance(), and compares where it stands. */
export function walkAtRandom(
  t: ExecutionContext,
  docs: PostingsIterator,
  wanted: readonly number[],
  docCount: number,
  random: Random
): void {
  let current = -1
  while (current !== noMoreDocs) {
    const target = current + 1 + (random() < 0.5 ? 0 : below(random, Math.max(2, docCount / 3)))
    const expected = wanted.find((doc) => doc >= target) ?? noMoreDocs
    current = random() < 0.5 && target === current + 1 ? docs.next() : docs.advance(target)
    t.is(current, expected)
  }
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export function sortedTerms(terms: readonly string[]): string[] {
  return [...new Set(terms)].sort(byBytes)
}
