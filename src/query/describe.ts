import type { Query } from './types.ts'

type Describers = { [T in Query['type']]: (query: Extract<Query, { type: T }>) => string }

const describers: Describers = {
  matchAll: () => '*:*',
  matchNone: () => 'MatchNoDocsQuery("")',
  bool: (query) => describeBool(query),
  disMax: (query) => {
    const tie = query.tieBreaker === 0 ? '' : `~${query.tieBreaker}`
    return `(${query.queries.map(describe).join(' | ')})${tie}`
  },
  constantScore: (query) => `ConstantScore(${describe(query.filter)})`,
  boosting: (query) =>
    `Boosting(${describe(query.positive)} / ${describe(query.negative)} * ${query.negativeBoost})`,
  term: (query) => `${query.field.name}:${query.term}`,
  termSet: (query) => `${query.field.name}:(${query.terms.join(' ')})`,
  termPattern: (query) =>
    `${query.field.name}:${query.pattern}${query.kind === 'prefix' ? '*' : ''}`,
  termRange: (query) =>
    `${query.field.name}:${query.fromInclusive ? '[' : '{'}${query.from ?? '*'} TO ${query.to ?? '*'}${query.toInclusive ? ']' : '}'}`,
  longRange: (query) => `${query.field.name}:[${query.from} TO ${query.to}]`,
  longSet: (query) => `${query.field.name}:{${query.values.join(' ')}}`,
  doubleRange: (query) => `${query.field.name}:[${query.from} TO ${query.to}]`,
  doubleSet: (query) => `${query.field.name}:{${query.values.join(' ')}}`,
  phrase: (query) => {
    const slop = query.slop === 0 ? '' : `~${query.slop}`
    return `${query.field.name}:"${query.terms.map(({ term }) => term).join(' ')}"${slop}`
  },
  exists: (query) =>
    query.fields.map((field) => `FieldExistsQuery [field=${field.name}]`).join(' '),
  ids: (query) => `_id:(${query.ids.join(' ')})`,
  knn: (query) => {
    const kind = query.exhaustive ? 'DenseVectorQuery' : 'KnnVectorQuery'
    return `${kind}:${query.field.name}[${query.vector[0] ?? ''},...][${query.k}]`
  },
  neighbors: (query) =>
    `NearestNeighbors:${query.field.name}[${query.vector[0] ?? ''},...][${query.by.type}]`,
  lookup: (query) => `lookup:${query.index}/${query.id}`,
  scriptScore: (query) => `script_score (${describe(query.query)})`,
  functionScore: (query) => `function score (${describe(query.query)})`,
  docScores: (query) => `KnnScoreDocQuery[${query.docs.length}]`,
  nested: (query) => `ToParentBlockJoinQuery (${describe(query.query)})`,
  fieldTerm: (query) => `${query.field}:${query.value}`,
  fieldTerms: (query) => `${query.field}:(${query.values.join(' ')})`,
  fieldRange: (query) =>
    `${query.field}:[${query.gte ?? query.gt ?? '*'} TO ${query.lte ?? query.lt ?? '*'}]`,
  fieldPattern: (query) => `${query.field}:${query.pattern}`,
  fieldMatch: (query) => `${query.field}:${query.text}`,
  fieldMatchPhrase: (query) => `${query.field}:"${query.text}"`,
  fieldExists: (query) => `FieldExistsQuery [field=${query.field}]`,
  fieldKnn: (query) => `knn:${query.field}[${query.k}]`,
  fieldBound: (query) => `${query.field}:bound`
}

/** A query as Lucene prints it, for `profile` and for people; not meant to be read by programs. */
export function describe(query: Query): string {
  const describer = describers[query.type] as (query: Query) => string
  const text = describer(query)
  return query.boost === undefined || query.boost === 1 ? text : `(${text})^${query.boost}`
}

function describeBool(query: Extract<Query, { type: 'bool' }>): string {
  const parts = [
    ...query.must.map((child) => `+${clause(child)}`),
    ...query.filter.map((child) => `#${clause(child)}`),
    ...query.should.map(clause),
    ...query.mustNot.map((child) => `-${clause(child)}`)
  ]
  const least = Number(query.minimumShouldMatch ?? 0) > 1 ? `~${query.minimumShouldMatch}` : ''
  return least === '' ? parts.join(' ') : `(${parts.join(' ')})${least}`
}

function clause(query: Query): string {
  return query.type === 'bool' ? `(${describe(query)})` : describe(query)
}
