/** Queries answered document by document in float64: the judge of the random tests. */
import type { KnnQuery, Query } from '../../../src/query/index.ts'
import { parseMinimumShouldMatch } from '../../../src/query/index.ts'
import { compareTerms } from '../../../src/util/index.ts'
import { fields, squaredDistance } from './fixture.ts'
import type { TestDoc } from './fixture.ts'

export type ModelDoc = {
  readonly id: string
  readonly doc: TestDoc
  live: boolean
  readonly isChild: boolean
  readonly children: readonly ModelDoc[]
}
export type Model = { readonly roots: readonly ModelDoc[] }

export const modelDoc = (id: string, doc: TestDoc, isChild: boolean = false): ModelDoc => ({
  id,
  doc,
  live: true,
  isChild,
  children: (doc.children ?? []).map((child) => modelDoc(id, child, true))
})

/** A field's values in a document; null when the document is not of the field's level. */
function valuesOf(at: ModelDoc, name: string): readonly (string | bigint | number)[] {
  const isChildField = name.startsWith('child.')
  if (isChildField !== at.isChild) return []
  const key = name.replace('child.', '') as 'tag' | 'text' | 'count' | 'price' | 'vector'
  return at.doc[key] ?? []
}

const norm = (length: number): number => {
  if (length < 40) return length
  // Four significant bits above 24.
  let step = 1
  while (length - 24 >= step * 16) step *= 2
  return 24 + Math.floor((length - 24) / step) * step
}

function bm25(model: Model, at: ModelDoc, name: string, idf: number, freq: number): number {
  const all = everyDoc(model).filter((doc) => valuesOf(doc, name).length > 0)
  const isText = name === 'text'
  const total = all.reduce((sum, doc) => sum + valuesOf(doc, name).length, 0)
  const average = isText ? total / all.length : 1
  const length = isText ? norm(valuesOf(at, name).length) : 1
  return (2.2 * idf * freq) / (freq + 1.2 * (0.25 + (0.75 * length) / average))
}

function idfOf(model: Model, name: string, term: string): number {
  const all = everyDoc(model).filter((doc) => valuesOf(doc, name).length > 0)
  const having = all.filter((doc) => valuesOf(doc, name).includes(term))
  return Math.log(1 + (all.length - having.length + 0.5) / (having.length + 0.5))
}

const everyDoc = (model: Model): ModelDoc[] =>
  model.roots.flatMap((root) => [...root.children, root])

/**
 * Score with all boosts above (`outer`), or null where the query does not match. Only a least score sees the boosts above; the
 * scores of a script and of boosting are made of their query's score without them.
 */
export function evaluate(
  model: Model,
  query: Query,
  at: ModelDoc,
  outer: number = 1
): number | null {
  const boost = outer * (query.boost ?? 1)
  return scoreOf(model, query, at, boost)
}

// eslint-disable-next-line complexity, max-lines-per-function -- one case for each node
function scoreOf(model: Model, query: Query, at: ModelDoc, boost: number): number | null {
  const child = (inner: Query): number | null => evaluate(model, inner, at, boost)
  const one = (isMatch: boolean): number | null => (isMatch ? boost : null)
  switch (query.type) {
    case 'matchAll':
      return boost
    case 'matchNone':
      return null
    case 'bool':
      return evaluateBool(model, query, at, boost)
    case 'disMax': {
      const scores = query.queries.map(child).filter((score) => score !== null)
      if (scores.length === 0) return null
      const best = Math.max(...scores)
      const rest = scores.reduce((sum, score) => sum + score, 0) - best
      return best + rest * query.tieBreaker
    }
    case 'constantScore':
      return one(evaluate(model, query.filter, at) !== null)
    case 'boosting': {
      // Made without the boosts above, as a script's.
      const score = evaluate(model, query.positive, at)
      if (score === null) return null
      const isNegative = evaluate(model, query.negative, at) !== null
      return boost * score * (isNegative ? query.negativeBoost : 1)
    }
    case 'term': {
      const { name } = query.field
      const freq = valuesOf(at, name).filter((value) => value === query.term).length
      if (freq === 0) return null
      if (!query.scored) return boost
      return (
        boost * bm25(model, at, name, idfOf(model, name, query.term), name === 'text' ? freq : 1)
      )
    }
    case 'termSet':
      return one(query.terms.some((term) => valuesOf(at, query.field.name).includes(term)))
    case 'termPattern':
      return one(
        valuesOf(at, query.field.name).some((value) => patternOf(query).test(String(value)))
      )
    case 'termRange':
      return one(
        valuesOf(at, query.field.name).some((value) => {
          const low = query.from === null ? 1 : compareTerms(String(value), query.from)
          const high = query.to === null ? -1 : compareTerms(String(value), query.to)
          return (
            (low > 0 || (low === 0 && query.fromInclusive)) &&
            (high < 0 || (high === 0 && query.toInclusive))
          )
        })
      )
    case 'longRange':
    case 'doubleRange':
      return one(
        valuesOf(at, query.field.name).some(
          (value) => typeof value !== 'string' && value >= query.from && value <= query.to
        )
      )
    case 'longSet':
      return one(query.values.some((value) => valuesOf(at, query.field.name).includes(value)))
    case 'doubleSet':
      return one(query.values.some((value) => valuesOf(at, query.field.name).includes(value)))
    case 'phrase': {
      const words = valuesOf(at, 'text')
      const freq = words.filter((_, start) =>
        query.terms.every(({ term, position }) => words[start + position] === term)
      ).length
      const idf = query.terms.reduce((sum, { term }) => sum + idfOf(model, 'text', term), 0)
      return freq === 0 ? null : boost * bm25(model, at, 'text', idf, freq)
    }
    case 'exists':
      return one(query.fields.some(({ name }) => valuesOf(at, name).length > 0))
    case 'ids':
      return one(!at.isChild && query.ids.includes(at.id))
    case 'knn': {
      const score = evaluateKnn(model, query, at)
      return score === null ? null : boost * score
    }
    case 'scriptScore': {
      const inner = evaluate(model, query.query, at)
      if (inner === null) return null
      const score = boost * query.script.bind(noContext)(0, inner)
      return query.minScore !== null && score < query.minScore ? null : score
    }
    case 'nested':
      return evaluateNested(model, query, at, boost)
    default:
      throw new TypeError(`the model has no ${query.type}`)
  }
}

const noContext = {
  field: () => null,
  vectorFunction: () => () => 0,
  vectorAt: () => null,
  values: () => []
}

function patternOf(query: Extract<Query, { type: 'termPattern' }>): RegExp {
  const body = query.pattern.replaceAll('*', '.*').replaceAll('?', '.')
  const end = query.kind === 'prefix' ? '' : '$'
  return new RegExp(`^${body}${end}`, query.caseInsensitive ? 'i' : '')
}

function evaluateBool(
  model: Model,
  query: Extract<Query, { type: 'bool' }>,
  at: ModelDoc,
  boost: number
): number | null {
  const scores = (list: readonly Query[]): (number | null)[] =>
    list.map((child) => evaluate(model, child, at, boost))
  const must = scores(query.must)
  const filter = scores(query.filter)
  const should = scores(query.should).filter((score) => score !== null)
  const empty = must.length + filter.length + query.should.length + query.mustNot.length === 0
  if (empty) return boost
  if (must.includes(null) || filter.includes(null)) return null
  if (scores(query.mustNot).some((score) => score !== null)) return null
  const required = must.length + filter.length > 0
  const least = parseMinimumShouldMatch(query.minimumShouldMatch, query.should.length, required)
  if (should.length < least) return null
  return [...must, ...should].reduce<number>((sum, score) => sum + (score ?? 0), 0)
}

function evaluateNested(
  model: Model,
  query: Extract<Query, { type: 'nested' }>,
  at: ModelDoc,
  boost: number
): number | null {
  const scores = at.children
    .map((child) => evaluate(model, query.query, child, boost))
    .filter((score) => score !== null)
  if (scores.length === 0) return null
  const sum = scores.reduce((total, score) => total + score, 0)
  if (query.scoreMode === 'none') return 0
  if (query.scoreMode === 'sum') return sum
  if (query.scoreMode === 'avg') return sum / scores.length
  return query.scoreMode === 'max' ? Math.max(...scores) : Math.min(...scores)
}

/** The k nearest live roots of those that pass the filter; ties to the earlier document. */
export function nearest(model: Model, query: KnnQuery): Map<ModelDoc, number> {
  const { filter } = query
  const scored = model.roots
    .filter(({ live, doc }) => live && doc.vector !== undefined)
    .filter((at) => filter === null || evaluate(model, filter, at) !== null)
    .map((at) => ({ at, raw: Math.fround(squaredDistance(query.vector, at.doc.vector!)) }))
    .filter(({ raw }) => query.rawLimit === null || raw <= query.rawLimit)
  const order = scored.map((entry, position) => ({ ...entry, position }))
  order.sort((a, b) => a.raw - b.raw || a.position - b.position)
  return new Map(order.slice(0, query.k).map(({ at, raw }) => [at, query.score(raw)]))
}

const nearestByQuery = new WeakMap<KnnQuery, { model: Model; found: Map<ModelDoc, number> }>()

function evaluateKnn(model: Model, query: KnnQuery, at: ModelDoc): number | null {
  if (at.isChild || query.field !== fields.vector) return null
  let known = nearestByQuery.get(query)
  if (known?.model !== model) {
    known = { model, found: nearest(model, query) }
    nearestByQuery.set(query, known)
  }
  return known.found.get(at) ?? null
}
