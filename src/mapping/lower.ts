/** Queries with field names and JSON values to queries an index can answer. */
import type { Analyzers } from '../analysis/index.ts'
import { checkTermsCount, mapChildren } from '../query/index.ts'
import type { FieldQuery, Query } from '../query/index.ts'
import type { FieldInfo } from '../segment/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { FieldTypeRegistry, LeafField } from './field-type.ts'
import { simplePattern } from './dynamic-template.ts'
import { argument, matchNone, scalarText } from './leaf-queries.ts'
import type { LowerContext } from './types.ts'

export type LowerTarget = {
  readonly registry: FieldTypeRegistry
  readonly analyzers: Analyzers
  /** Field by full path, multi-fields and aliases too. */
  leaf(name: string): LeafField | null
  /** Fields whose name matches a pattern, or that lie below an object. */
  leavesOf(pattern: string): readonly LeafField[]
  isNestedPath(path: string): boolean
  isObjectPath(path: string): boolean
}

type FieldNode = Extract<Query, { type: FieldQuery['type'] }>
type LeafNode = Exclude<FieldNode, { type: 'fieldKnn' | 'fieldExists' | 'fieldBound' }>

/** Errors QUERY_SHARD: `failed to create query: …` with the reason as cause, or its own words. */
export function lowerQuery(query: Query, target: LowerTarget, context: LowerContext): Query {
  try {
    return new Lowering(target, context).lower(query)
  } catch (cause) {
    if (!(cause instanceof VectorStoreError) || cause.code === 'QUERY_SHARD') throw cause
    throw new VectorStoreError('QUERY_SHARD', `failed to create query: ${cause.message}`, { cause })
  }
}

class Lowering {
  readonly #target: LowerTarget
  readonly #context: LowerContext

  constructor(target: LowerTarget, context: LowerContext) {
    this.#target = target
    this.#context = context
  }

  lower(query: Query): Query {
    switch (query.type) {
      case 'nested':
        if (query.ignoreUnmapped === true && !this.#target.isNestedPath(query.path))
          return matchNone
        this.#checkNested(query.path)
        break
      case 'lookup':
        throw argument('a query that reads stored documents cannot stand in a filter that is kept')
      default:
        if (isFieldNode(query))
          return this.#context.lowered?.get(query) ?? withBase(query, this.#field(query))
    }
    return mapChildren(query, (child) => this.lower(child))
  }

  #checkNested(path: string): void {
    if (this.#target.isNestedPath(path)) return
    const message = this.#target.isObjectPath(path)
      ? `[nested] nested object under path [${path}] is not of nested type`
      : `[nested] failed to find nested object under path [${path}]`
    throw argument(message)
  }

  #field(query: FieldNode): Query {
    if (query.type === 'fieldExists') return this.#exists(query.field)
    if (query.type === 'fieldBound') {
      return query.bind(this.#target.leaf(query.field), this.#context.termsMax)
    }
    if (query.type === 'fieldTerms') checkTermsCount(query.values.length, this.#context.termsMax)
    if (query.type === 'fieldKnn' && isMetadata(query.field)) throw this.#notVector()
    const metadata = this.#metadata(query)
    if (metadata !== null) return metadata
    const leaf = this.#target.leaf(query.field)
    if (leaf === null) return this.#unmapped(query.field)
    if (query.type === 'fieldKnn') return this.#knn(query, leaf)
    return this.#onLeaf(query, leaf)
  }

  #onLeaf(query: LeafNode, leaf: LeafField): Query {
    const { queries } = leaf
    switch (query.type) {
      case 'fieldTerm':
        return queries.term(query.value, query.caseInsensitive)
      case 'fieldTerms':
        return query.values.length === 0 ? matchNone : queries.terms(query.values)
      case 'fieldRange':
        return queries.range(query, this.#context)
      case 'fieldPattern':
        return queries.pattern(query)
      case 'fieldMatch':
        return queries.match(query, this.#target.analyzers)
      default:
        return queries.matchPhrase(query, this.#target.analyzers)
    }
  }

  #knn(query: Extract<FieldNode, { type: 'fieldKnn' }>, leaf: LeafField): Query {
    if (leaf.queries.knn === null) throw this.#notVector()
    const filter = query.filter === null ? null : this.lower(query.filter)
    return leaf.queries.knn(query, filter)
  }

  #notVector(): VectorStoreError {
    const { vectorTypeName } = this.#target.registry
    return argument(`[knn] queries are only supported on [${vectorTypeName}] fields`)
  }

  #unmapped(name: string): Query {
    if (this.#context.allowUnmappedFields) return matchNone
    throw new VectorStoreError(
      'QUERY_SHARD',
      `No field mapping can be found for the field with name [${name}]`
    )
  }

  /** `_id` and `_index`, which are no fields of the mapping. null: another field. */
  #metadata(query: Exclude<FieldNode, { type: 'fieldExists' | 'fieldBound' }>): Query | null {
    if (!isMetadata(query.field)) return null
    const wanted = valuesOf(query)
    if (wanted === null) {
      if (query.type === 'fieldPattern' && query.field === '_index') {
        return this.#indexPattern(query)
      }
      throw argument(`Field [${query.field}] of type [${query.field}] does not support this query`)
    }
    if (query.field === '_id') {
      return wanted.length === 0 ? matchNone : { type: 'ids', ids: [...new Set(wanted)] }
    }
    const matches = wanted.some((pattern) => simplePattern(pattern)(this.#context.indexName))
    return matches ? { type: 'matchAll' } : matchNone
  }

  #indexPattern(query: Extract<FieldNode, { type: 'fieldPattern' }>): Query {
    const pattern = query.kind === 'prefix' ? `${query.pattern}*` : query.pattern
    return simplePattern(pattern)(this.#context.indexName) ? { type: 'matchAll' } : matchNone
  }

  #exists(name: string): Query {
    if (name === '_id' || name === '_index' || name === '_source') return { type: 'matchAll' }
    const leaf = this.#target.leaf(name)
    const leaves = leaf === null ? this.#target.leavesOf(name) : [leaf]
    if (leaves.length === 0) return name.includes('*') ? matchNone : this.#unmapped(name)
    const fields: FieldInfo[] = []
    for (const each of leaves) {
      const exists = each.existsQuery()
      if (exists.type === 'exists') fields.push(...exists.fields)
    }
    return fields.length === 0 ? matchNone : { type: 'exists', fields }
  }
}

function isMetadata(name: string): boolean {
  return name === '_id' || name === '_index'
}

function valuesOf(query: FieldNode): readonly string[] | null {
  switch (query.type) {
    case 'fieldTerm':
      return [scalarText(query.value)]
    case 'fieldTerms':
      return query.values.map(scalarText)
    case 'fieldMatch':
    case 'fieldMatchPhrase':
      return [scalarText(query.text)]
    default:
      return null
  }
}

function isFieldNode(query: Query): query is FieldNode {
  return query.type.startsWith('field')
}

/** Boost and name of the node as it was written, on what it became. */
function withBase(written: Query, lowered: Query): Query {
  const boost = (written.boost ?? 1) * (lowered.boost ?? 1)
  if (boost === (lowered.boost ?? 1) && written.name === undefined) return lowered
  return {
    ...lowered,
    ...(boost === 1 ? {} : { boost }),
    ...(written.name === undefined ? {} : { name: written.name })
  }
}
