/** Documents scored by comparing their vectors with one: all of a field, or those that hash terms propose. No k, no graph. */
import type { NeighborsQuery, Query } from '../query/index.ts'
import { ArrayIterator, noMoreDocs } from '../segment/index.ts'
import type { SegmentView, VectorReader } from '../segment/index.ts'
import { assert } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import { hashQuery } from '../vector/index.ts'
import type { HashHits, HashPostings, HashTerms } from '../vector/index.ts'
import { acceptedOrds } from './accepted-ords.ts'
import type { CandidateScores } from './best-candidates.ts'
import { CandidateScorer } from './candidate-scorer.ts'
import type { Deadline } from './deadline.ts'
import { RawValues } from './raw-values.ts'
import { ConstantScorer, WrappedScorer } from './scorer.ts'
import type { ScoredList, Scorer } from './scorer.ts'
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
    const ofQuery = termsFor(hashes, query.by.probes)
    return query.by.type === 'terms'
      ? termsScorer(open, hashes, ofQuery, query.by.candidates, query, context)
      : shareScorer(open, hashes, ofQuery, query, context)
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
  const open = { segment, vectors }
  return query.vector instanceof Int32Array
    ? new ScannedSets(docs, rate, () => candidateScorer(open, allSets(open, query), query, context))
    : new RatedDocs(docs, rate)
}

/** All sets as candidates, with the true indices that they have in common with the query where those are terms; else with none. */
function allSets({ segment, vectors }: OpenSegment, { field, vector }: Neighbors): HashHits {
  const { hashes } = vectors.index
  const { accept, acceptCount } = acceptedOrds(segment, vectors, null, field)
  const ords = new Uint32Array(acceptCount)
  for (let ord = 0, at = 0; at < acceptCount; ord++) {
    if (accept === null || accept.has(ord)) ords[at++] = ord
  }
  const counts = new Uint32Array(ords.length)
  if (hashes?.spec.model !== 'trueIndices') return { ords, counts }
  assert(vector instanceof Int32Array, 'true indices are those of a set')
  const common = hashes.candidates(hashQuery(hashes.spec, vector, 0), Infinity, accept)
  for (let at = 0, place = 0; at < common.ords.length; at++) {
    while (ords[place]! < common.ords[at]!) place += 1
    counts[place] = common.counts[at]!
  }
  return { ords, counts }
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

/** Sets of which only the best are wanted are told from what all have in common with the query, which takes no look at each. */
class ScannedSets extends RatedDocs {
  readonly #open: () => CandidateScorer
  #all: CandidateScorer | null = null

  constructor(docs: Scorer, rate: (docId: number) => number, open: () => CandidateScorer) {
    super(docs, rate)
    this.#open = open
  }

  override listed(wanted: number): ScoredList {
    this.#all ??= this.#open()
    return this.#all.listed(wanted)
  }
  override listedSteps(wanted: number, deadline: Deadline): Steps<ScoredList> | null {
    this.#all ??= this.#open()
    return this.#all.listedSteps(wanted, deadline)
  }
}

function termsScorer(
  { segment, vectors }: OpenSegment,
  hashes: HashPostings,
  terms: HashTerms,
  candidates: number,
  query: Neighbors,
  context: WeightContext
): Scorer | null {
  if (candidates === 0) return null
  const { accept } = acceptedOrds(segment, vectors, null, query.field)
  const hits = hashes.candidates(terms, candidates, accept)
  context.search.deadline.check()
  return hits.ords.length === 0 ? null : candidateScorer({ segment, vectors }, hits, query, context)
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
  const docs = new Int32Array(vectors.docsOf(ords))
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
