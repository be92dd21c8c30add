/** Documents scored by comparing their vectors with one: all of a field, or those that hash terms propose. No k, no graph. */
import type { NeighborsQuery, Query } from '../query/index.ts'
import { ArrayIterator, noMoreDocs } from '../segment/index.ts'
import type { SegmentView, VectorReader } from '../segment/index.ts'
import { assert } from '../util/index.ts'
import { hashQuery } from '../vector/index.ts'
import type { HashHits, HashPostings, HashTerms } from '../vector/index.ts'
import { acceptedOrds } from './accepted-ords.ts'
import type { CandidateScores } from './best-candidates.ts'
import { CandidateScorer } from './candidate-scorer.ts'
import { ListedScorer } from './listed-scorer.ts'
import { NearestSets, SetScorer } from './nearest-sets.ts'
import type { SetsAsked } from './nearest-sets.ts'
import { RawValues } from './raw-values.ts'
import { ConstantScorer, WrappedScorer } from './scorer.ts'
import type { Scorer } from './scorer.ts'
import { scanningWeight } from './weight.ts'
import type { Weight, WeightContext } from './weight.ts'

type Neighbors = Extract<Query, { type: 'neighbors' }>
type OpenSegment = { readonly segment: SegmentView; readonly vectors: VectorReader }

export function neighborsWeight(query: Neighbors, context: WeightContext): Weight {
  // Drawing a model and hashing with it can take as long as the search: once for all segments, where there are any.
  let terms: HashTerms | null = null
  const termsFor = ({ spec }: HashPostings, probes: number): HashTerms => {
    const { vector } = query
    assert(
      vector instanceof Float32Array || vector instanceof Int32Array,
      'elements that are hashed'
    )
    terms ??= hashQuery(spec, vector, probes)
    return terms
  }
  const scorer = (segment: SegmentView): Scorer | null => {
    const vectors = segment.reader.vectors(query.field.number)
    if (vectors === null || vectors.index.size === 0) return null
    const open = { segment, vectors }
    if (query.by.type === 'scan') return scanScorer(open, query, context)
    const { hashes } = vectors.index
    assert(hashes !== null, 'a field that is searched by hash terms has them')
    const { by } = query
    const ofQuery = (): HashTerms => termsFor(hashes, by.probes)
    return by.type === 'terms'
      ? termsScorer(open, hashes, ofQuery, by.candidates, query, context)
      : shareScorer(open, hashes, ofQuery(), query, context)
  }
  return scanningWeight(scorer, false)
}

/** A product of a vector's element and a direction; a hash of a true index. */
const productMs = 5e-8
const indexHashMs = 1e-6
/** A term that is looked for among those of a vector: about one of a hundred vectors has it. A guess. */
const termMs = 1e-8
/** A candidate that is compared, scored and collected. */
const candidateMs = 1e-4

/** Milliseconds that it takes to find the candidates of hash terms and the best of them, about; Infinity: it cannot be said. */
export function termsMs(
  { field, vector, by }: Neighbors,
  segments: readonly SegmentView[]
): number {
  if (by.type !== 'terms') return Infinity
  let ms = 0
  for (const { reader } of segments) {
    const index = reader.vectors(field.number)?.index
    if (index === undefined || index.hashes === null) continue
    const { spec } = index.hashes
    const functions = 'functions' in spec ? spec.functions : vector.length
    const tables = 'tables' in spec ? spec.tables : 1
    const hashMs = vector instanceof Float32Array ? productMs : indexHashMs
    if (ms === 0) ms = vector.length * tables * functions * hashMs
    const terms = 'tables' in spec ? tables * (1 + by.probes) : functions
    ms += terms * index.size * termMs + Math.min(by.candidates, index.size) * candidateMs
  }
  return ms
}

function scoreOf(query: NeighborsQuery, context: WeightContext): (raw: number) => number {
  const { boost, search } = context
  return (raw) => {
    search.deadline.step()
    return Math.fround(Math.fround(query.score(raw)) * boost)
  }
}

function scanScorer(
  { segment, vectors }: OpenSegment,
  query: Neighbors,
  context: WeightContext
): Scorer {
  const docs = new ConstantScorer(segment.reader.docsWithField(query.field), 0)
  const values = new RawValues(vectors.index, query.vector, query.space)
  const score = scoreOf(query, context)
  let ord = -1
  const rate = (docId: number): number => {
    // Mostly the next document has the next vector: one look instead of a search.
    const next = ord + 1
    const isNext = next < vectors.index.size && vectors.docOf(next) === docId
    ord = isNext ? next : vectors.ordOf(docId)
    return score(values.at(ord))
  }
  if (!(query.vector instanceof Int32Array)) return new RatedDocs(docs, rate)
  const { accept } = acceptedOrds(segment, vectors, null, query.field)
  const asked = { find: null, accept, sharing: false }
  const near = nearestSets({ segment, vectors }, asked, query, context)
  return new SetScorer(near, () => new RatedDocs(docs, rate))
}

function nearestSets(
  { segment, vectors }: OpenSegment,
  which: Pick<SetsAsked, 'find' | 'accept' | 'sharing'>,
  query: Neighbors,
  context: WeightContext
): NearestSets {
  const { vector, space } = query
  const asked = { ...which, query: vector, space }
  return new NearestSets(vectors.index, asked, scoreOf(query, context), {
    docsOf: (ords) => docsOf(ords, vectors),
    areRoots: segment.reader.parents === null
  })
}

/** Documents of a list that are scored as they are asked for. */
class RatedDocs extends WrappedScorer {
  readonly #rate: (docId: number) => number

  constructor(docs: Scorer, rate: (docId: number) => number) {
    super(docs)
    this.#rate = rate
  }

  override score(): number {
    return this.#rate(this.docId())
  }
}

function termsScorer(
  { segment, vectors }: OpenSegment,
  hashes: HashPostings,
  termsOf: () => HashTerms,
  candidates: number,
  query: Neighbors,
  context: WeightContext
): Scorer | null {
  if (candidates === 0) return null
  const { accept } = acceptedOrds(segment, vectors, null, query.field)
  const open = { segment, vectors }
  if (query.vector instanceof Int32Array) {
    const find = (): Uint32Array => {
      const ords = hashes.candidateOrds(termsOf(), candidates, accept)
      context.search.deadline.check()
      return ords
    }
    // All that share a term then share an index, and need not be listed before.
    const isAll = candidates === Infinity && hashes.spec.model === 'trueIndices'
    const asked = isAll
      ? { find: null, accept, sharing: true }
      : { find, accept: null, sharing: false }
    const near = nearestSets(open, asked, query, context)
    return new SetScorer(near, () => listedSets(open, find().slice(), query, context))
  }
  const hits = hashes.candidates(termsOf(), candidates, accept)
  context.search.deadline.check()
  return hits.ords.length === 0 ? null : candidateScorer(open, hits, query, context)
}

function listedSets(
  { vectors }: OpenSegment,
  ords: Uint32Array,
  query: Neighbors,
  context: WeightContext
): ListedScorer {
  const score = scoreOf(query, context)
  return new ListedScorer(docsOf(ords, vectors), () =>
    vectors.index.rawValues(query.vector, query.space, ords).map(score)
  )
}

function candidateScorer(
  { segment, vectors }: OpenSegment,
  hits: HashHits,
  query: Neighbors,
  context: WeightContext
): CandidateScorer {
  const { index } = vectors
  const { vector, space } = query
  const scores: CandidateScores = {
    compare: (ords) => new RawValues(index, vector, space).of(ords),
    nearest: (all, wanted) => index.nearestValues(vector, space, all, wanted),
    score: scoreOf(query, context)
  }
  return new CandidateScorer(hits, scores, {
    docsOf: (ords) => docsOf(ords, vectors),
    areRoots: segment.reader.parents === null
  })
}

function docsOf(ords: Uint32Array, vectors: VectorReader): Int32Array {
  const docs = vectors.docsOf(ords)
  for (let at = 1; at < docs.length; at++)
    assert(docs[at - 1]! < docs[at]!, 'ords in document order')
  return docs
}

function shareScorer(
  { segment, vectors }: OpenSegment,
  hashes: HashPostings,
  terms: HashTerms,
  query: Neighbors,
  context: WeightContext
): Scorer {
  const { ords, counts } = hashes.candidates(terms, Infinity, null)
  let termCount = 0
  for (let at = 0; at < terms.count; at++) termCount += terms.frequency(at)
  const shared = new ArrayIterator(docsOf(ords, vectors))
  const score = scoreOf(query, context)
  const docs = new ConstantScorer(segment.reader.docsWithField(query.field), 0)
  return new RatedDocs(docs, (docId) => {
    if (shared.docId() < docId) shared.advance(docId)
    const isShared = shared.docId() === docId && docId !== noMoreDocs
    return score(isShared ? counts[shared.at]! / termCount : 0)
  })
}
