import type { KnnClause, KnnQuery, ScoredDoc } from '../query/index.ts'
import type { SegmentView, VectorReader } from '../segment/index.ts'
import { reaches, searchNeighbors } from './knn-search.ts'
import { vectorPath } from './knn-segments.ts'
import { docScoresWeight } from './leaf-weights.ts'
import { ConstantScorer, WrappedScorer } from './scorer.ts'
import type { Scorer } from './scorer.ts'
import { scanningWeight } from './weight.ts'
import type { Weight, WeightContext } from './weight.ts'

/** Comparing one pair of vectors, against a step in a list. */
const vectorMatchCost = 50

/** The knn query: its neighbours over all segments of the index, or every document that has a vector. */
export function knnWeight(query: KnnClause, context: WeightContext): Weight {
  if (!query.exhaustive) return docScoresWeight(neighborsOf(query, context), context)
  if (!liesAtLevel(query, context))
    return docScoresWeight(neighborsOf({ ...query, k: Number.MAX_SAFE_INTEGER }, context), context)
  if (query.filter === null)
    return scanningWeight((segment) => vectorScorer(query, segment, context), false)
  // As Elasticsearch has it: the filter decides, the vector only scores; a document without one gets 0.
  const { filter, ...rest } = query
  const everyVector: KnnClause = { ...rest, filter: null, boost: 1 }
  const both = {
    type: 'bool' as const,
    must: [],
    should: [everyVector],
    filter: [filter],
    mustNot: [],
    minimumShouldMatch: query.rawLimit === null ? 0 : 1
  }
  return context.create(both, context)
}

/** Neighbours of a clause, found once in a request. */
function neighborsOf(query: KnnQuery, context: WeightContext): readonly ScoredDoc[] {
  const { neighbors } = context.search
  const found = searchNeighbors(query, context)
  neighbors.ofQuery ??= new Map()
  neighbors.ofQuery.set(query, found)
  return found
}

/** True when the vectors lie in the documents that the query speaks of, and none of them hides another. */
function liesAtLevel(query: KnnQuery, { search, level }: WeightContext): boolean {
  if (level.path !== '' && query.filter !== null) return false
  return search.segments.every(({ reader }) => {
    const vectors = reader.vectors(query.field.number)
    const isEmpty = vectors === null || vectors.index.size === 0
    return isEmpty || vectorPath(reader, vectors) === level.path
  })
}

function vectorScorer(
  query: KnnQuery,
  { reader }: SegmentView,
  context: WeightContext
): Scorer | null {
  const vectors = reader.vectors(query.field.number)
  if (vectors === null || vectors.index.size === 0) return null
  const docs = new ConstantScorer(reader.docsWithField(query.field), 0)
  return new VectorScorer(docs, vectors, query, context)
}

/** Compares each document's vector with the query. */
class VectorScorer extends WrappedScorer {
  readonly #vectors: VectorReader
  readonly #query: KnnQuery
  readonly #compare: (ord: number) => number
  readonly #context: WeightContext

  constructor(docs: Scorer, vectors: VectorReader, query: KnnQuery, context: WeightContext) {
    super(docs, query.rawLimit === null ? 0 : vectorMatchCost)
    this.#vectors = vectors
    this.#query = query
    this.#compare = vectors.index.rawScorer(query.vector)
    this.#context = context
  }

  override matches(): boolean {
    const { rawLimit } = this.#query
    return rawLimit === null || reaches(this.#vectors.index.spec.space, this.#raw(), rawLimit)
  }

  override score(): number {
    return Math.fround(Math.fround(this.#query.score(this.#raw())) * this.#context.boost)
  }

  #raw(): number {
    this.#context.search.deadline.step()
    return this.#compare(this.#vectors.ordOf(this.docId()))
  }
}
