/** Queries that most field types answer alike, and the words of refusal where a type has no such query. */
import type { JsonScalar, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { VectorStoreError, sortTerms, termsAtOnceMax } from '../util/index.ts'
import type { FieldQueries, PatternQuery } from './field-type.ts'

export const matchNone: Query = Object.freeze({ type: 'matchNone' })

export function argument(message: string, cause?: unknown): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message, cause === undefined ? {} : { cause })
}

/** `fields` asks for values in a format; most types have one form. */
export function refuseFormat(name: string, typeName: string, format: string | null): void {
  if (format !== null)
    throw argument(`Field [${name}] of type [${typeName}] doesn't support formats.`)
}

/** Refuses prefix and wildcard, answers match and match_phrase with a term: numbers, dates, booleans. */
export function scalarQueries(
  name: string,
  typeName: string,
  own: Pick<FieldQueries, 'term' | 'terms' | 'range'>
): FieldQueries {
  return {
    ...own,
    pattern: (query) => refusePattern(query, name, typeName),
    match(query) {
      try {
        return own.term(query.text, false)
      } catch (error) {
        if (query.lenient && error instanceof VectorStoreError) return matchNone
        throw error
      }
    },
    matchPhrase: (query) => own.term(query.text, false),
    knn: null
  }
}

function refusePattern(query: PatternQuery, name: string, typeName: string): never {
  throw argument(
    `Can only use ${query.kind} queries on keyword, text and wildcard fields - not on [${name}] which is of type [${typeName}]`
  )
}

export function scalarText(value: JsonScalar): string {
  if (value === null) throw argument('value cannot be null')
  // As documents are read: half a character is U+FFFD.
  return String(value).toWellFormed()
}

/** A JSON value as text: strings as they are, the rest as JSON prints it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'undefined')
}

/** Few terms are in order, and of each there is one, so that equal sets are equal queries; those who look up many do that in slices. */
export function termSetOf(field: FieldInfo, terms: string[]): Query {
  const isShort = terms.length <= termsAtOnceMax
  return { type: 'termSet', field, terms: isShort ? sortTerms([...new Set(terms)]) : terms }
}

/** A term that is matched without regard to case, as a pattern without wildcards. */
export function caseInsensitiveTerm(field: FieldInfo, term: string): Query {
  const pattern = term.replaceAll(/[\\*?]/g, '\\$&')
  return { type: 'termPattern', field, pattern, kind: 'wildcard', caseInsensitive: true }
}

export function notIndexed(name: string): VectorStoreError {
  return argument(`Cannot search on field [${name}] since it is not indexed.`)
}
