/** Terms of a keyword field that has a column and no postings: each document's ordinals are looked up. One score. */
import { compilePrefix, compileWildcard } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import type { ColumnReader, FieldInfo, SegmentReader } from '../segment/index.ts'
import { BitSet } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import { ColumnScorer } from './column-scorer.ts'
import type { Deadline } from './deadline.ts'
import { preparedWeight } from './prepared-weight.ts'
import type { Weight, WeightContext } from './weight.ts'

type TermQuery = Extract<Query, { type: 'term' | 'termSet' | 'termPattern' | 'termRange' }>

export function isColumnOnly({ postings, column }: FieldInfo): boolean {
  return postings === 'none' && column === 'keyword'
}

export function keywordColumnWeight(query: TermQuery, context: WeightContext): Weight {
  const wantedOf = ordsWanted(query)
  const { deadline } = context.search
  const columnOf = (reader: SegmentReader): ColumnReader | null => reader.column(query.field.number)
  return preparedWeight<BitSet | null>(
    context.search,
    (reader) => wantedIn(columnOf(reader), wantedOf, deadline),
    (wanted, { reader, docCount }) => {
      const column = columnOf(reader)
      if (column === null || wanted === null || wanted.next(0) < 0) return null
      return new ColumnScorer(docCount, ordsOver(column, wanted), context.boost)
    }
  )
}

function* wantedIn(
  column: ColumnReader | null,
  wantedOf: OrdsWanted,
  deadline: Deadline
): Steps<BitSet | null> {
  return column === null ? null : yield* wantedOf(column, deadline)
}

/** Whether a document has one of the ordinals. */
function ordsOver(column: ColumnReader, wanted: BitSet): (docId: number) => boolean {
  return (docId) => {
    const count = column.count(docId)
    for (let at = 0; at < count; at++) if (wanted.has(column.ordAt(docId, at))) return true
    return false
  }
}

type OrdsWanted = (column: ColumnReader, deadline: Deadline) => Steps<BitSet>

function ordsWanted(query: TermQuery): OrdsWanted {
  if (query.type === 'term') return (column, deadline) => ordsOf(column, [query.term], deadline)
  if (query.type === 'termSet') return (column, deadline) => ordsOf(column, query.terms, deadline)
  if (query.type === 'termRange') return (column, deadline) => ordsBetween(column, query, deadline)
  const compile = query.kind === 'prefix' ? compilePrefix : compileWildcard
  const pattern = compile(query.pattern, query.caseInsensitive)
  return (column, deadline) => ordsLike(column, pattern, deadline)
}

function* ordsOf(
  column: ColumnReader,
  terms: readonly string[],
  deadline: Deadline
): Steps<BitSet> {
  const wanted = new BitSet(column.valueCount)
  for (const term of terms) {
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
    const ord = column.ordOf(term)
    if (ord >= 0) wanted.add(ord)
  }
  return wanted
}

function* ordsBetween(
  column: ColumnReader,
  { from, to, fromInclusive, toInclusive }: Extract<Query, { type: 'termRange' }>,
  deadline: Deadline
): Steps<BitSet> {
  const wanted = new BitSet(column.valueCount)
  const first = from === null ? 0 : insertionOf(column, from, !fromInclusive)
  const end = to === null ? column.valueCount : insertionOf(column, to, toInclusive)
  for (let ord = first; ord < end; ord++) {
    wanted.add(ord)
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
  }
  return wanted
}

/** Ordinals below a term, and that of the term itself when it is counted. */
function insertionOf(column: ColumnReader, term: string, isCounted: boolean): number {
  const ord = column.ordOf(term)
  return ord < 0 ? -ord - 1 : ord + Number(isCounted)
}

function* ordsLike(
  column: ColumnReader,
  pattern: ReturnType<typeof compileWildcard>,
  deadline: Deadline
): Steps<BitSet> {
  const wanted = new BitSet(column.valueCount)
  for (let ord = insertionOf(column, pattern.prefix, false); ord < column.valueCount; ord++) {
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
    const term = column.keywordOf(ord)
    if (!term.startsWith(pattern.prefix)) break
    if (pattern.matches(term)) wanted.add(ord)
  }
  return wanted
}
