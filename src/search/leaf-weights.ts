/** Weights of the queries without clauses below them: terms, columns, ids, lists of documents. */
import type { Query, ScoredDoc } from '../query/index.ts'
import { ArrayIterator, RangeIterator } from '../segment/index.ts'
import type { FieldInfo, SegmentView } from '../segment/index.ts'
import { Bm25, inverseDocFreq } from './bm25.ts'
import {
  ColumnScorer,
  doubleRangeOver,
  doubleSetOver,
  longRangeOver,
  longSetOver
} from './column-scorer.ts'
import { docsOfIds } from './id-docs.ts'
import { isColumnOnly, keywordColumnWeight } from './keyword-column-weight.ts'
import { ListedScorer } from './listed-scorer.ts'
import { anyScorer } from './lists-weight.ts'
import { PhraseScorer } from './phrase-scorer.ts'
import type { PhraseTerm } from './phrase-scorer.ts'
import { preparedWeight } from './prepared-weight.ts'
import { boosted, bySegment } from './ranking.ts'
import { ConstantScorer } from './scorer.ts'
import type { Scorer } from './scorer.ts'
import { TermScorer } from './term-scorer.ts'
import { isWhole, noWeight, scanningWeight } from './weight.ts'
import type { NeighborsBySegment, Weight, WeightContext } from './weight.ts'

type Leaf<T extends Query['type']> = Extract<Query, { type: T }>

export function matchAllWeight(context: WeightContext): Weight {
  return {
    scorer: ({ docCount }) => new ConstantScorer(new RangeIterator(docCount), context.boost),
    count: (segment) => (context.level.path === '' ? segment.liveRootCount : -1),
    isConstant: true
  }
}

export function termWeight(query: Leaf<'term'>, context: WeightContext): Weight {
  if (isColumnOnly(query.field)) return keywordColumnWeight(query, context)
  const { field, term } = query
  const { statistics } = context.search
  const isScored = query.scored && context.scoring
  // Looked up with the first scorer: a search in steps opens those of many clauses one by one.
  let bm25: Bm25 | null = null
  return {
    scorer: ({ reader }) => {
      const terms = reader.terms(field.number)
      const postings = terms?.postings(term) ?? null
      if (terms === null || postings === null) return null
      if (!isScored) return new ConstantScorer(postings, context.boost)
      bm25 ??= bm25Of(field, [term], context)
      return new TermScorer(postings, terms, bm25)
    },
    count: (segment) => {
      if (statistics.docFreq(field, term) === 0) return 0
      if (!isWhole(segment)) return -1
      return segment.reader.terms(field.number)?.docFreq(term) ?? 0
    },
    isConstant: !isScored
  }
}

export function phraseWeight(query: Leaf<'phrase'>, context: WeightContext): Weight {
  const { field, slop } = query
  const names = query.terms.map(({ term }) => term)
  let bm25: Bm25 | null = null
  const scorer = ({ reader }: SegmentView): Scorer | null => {
    const terms = reader.terms(field.number)
    if (terms === null) return null
    const phrase: PhraseTerm[] = []
    for (const { term, position } of query.terms) {
      const postings = terms.postings(term)
      if (postings === null) return null
      phrase.push({ term, postings, position })
    }
    bm25 ??= bm25Of(field, names, context)
    return new PhraseScorer(phrase, slop, terms, bm25)
  }
  return scanningWeight(scorer, false, names.length)
}

function bm25Of(field: FieldInfo, terms: readonly string[], context: WeightContext): Bm25 {
  const { statistics } = context.search
  const ofField = statistics.field(field)
  let idf = 0
  for (const term of terms) idf += inverseDocFreq(ofField.docCount, statistics.docFreq(field, term))
  return new Bm25(field, ofField, idf, context.boost)
}

type ColumnQuery = Leaf<'longRange' | 'longSet' | 'doubleRange' | 'doubleSet'>

export function columnWeight(query: ColumnQuery, context: WeightContext): Weight {
  const scorer = ({ reader, docCount }: SegmentView): Scorer | null => {
    const column = reader.column(query.field.number)
    if (column === null) return null
    const acceptsOf = (): ((docId: number) => boolean) => {
      if (query.type === 'longRange') return longRangeOver(column, query.from, query.to)
      if (query.type === 'longSet') return longSetOver(column, query.values)
      if (query.type === 'doubleRange') return doubleRangeOver(column, query.from, query.to)
      return doubleSetOver(column, query.values)
    }
    return new ColumnScorer(docCount, acceptsOf(), context.boost)
  }
  return scanningWeight(scorer, true)
}

export function existsWeight(query: Leaf<'exists'>, context: WeightContext): Weight {
  const scorer = ({ reader }: SegmentView): Scorer | null =>
    anyScorer(
      query.fields.map((field) => reader.docsWithField(field)),
      context.boost
    )
  return scanningWeight(scorer, true)
}

export function idsWeight(query: Leaf<'ids'>, context: WeightContext): Weight {
  const { deadline } = context.search
  return preparedWeight<Int32Array>(
    context.search,
    (reader) => docsOfIds(reader, query.ids, deadline),
    (docs, { docCount }) => {
      const shown = (docs.at(-1) ?? -1) < docCount ? docs : docs.filter((doc) => doc < docCount)
      return shown.length === 0 ? null : new ConstantScorer(new ArrayIterator(shown), context.boost)
    }
  )
}

/** Documents that were found before, in the order of hits. */
export function docScoresWeight(docs: readonly ScoredDoc[], context: WeightContext): Weight {
  return docs.length === 0 ? noWeight : new DocScoresWeight(docs, context)
}

class DocScoresWeight implements Weight {
  readonly isConstant: boolean = false
  readonly #docs: readonly ScoredDoc[]
  readonly #context: WeightContext
  #listed: NeighborsBySegment | null = null

  constructor(docs: readonly ScoredDoc[], context: WeightContext) {
    this.#docs = docs
    this.#context = context
  }

  scorer({ reader }: SegmentView): Scorer | null {
    this.#listed ??= bySegment(this.#boosted(), this.#context.search.segments)
    const found = this.#listed.get(reader.generation)
    return found === undefined ? null : new ListedScorer(found.docs, () => found.scores)
  }

  count(): number {
    return -1
  }

  ranked(): readonly ScoredDoc[] | null {
    return this.#context.level.path === '' ? this.#boosted() : null
  }

  #boosted(): readonly ScoredDoc[] {
    return boosted(this.#docs, this.#context.boost)
  }
}
