import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import type { FieldReader } from '../body-values.ts'
import { field } from '../body-values.ts'
import { javaFloatText } from '../../util/index.ts'
import { illegalArgument } from '../wire-failure.ts'

/** What a query may ask of the request it stands in. */
export type QueryContext = {
  /** Size of the request, of which a knn query's k is made when it has none. */
  readonly requestSize: number
  /** Searchable leaf fields whose name matches a pattern, for queries over `*`; those of words only, if asked for. */
  expandFields(pattern: string, wordsOnly?: boolean): readonly string[]
  /** Queries that were parsed with this context before, by their JSON. */
  readonly parsed?: ReadonlyMap<unknown, Query>
}

/** Reads the body of one kind of query: `{ "term": <node> }`. */
export type QueryReader = (node: BodyNode, context: QueryContext) => Query

/** What every query may have. */
export type QueryBase = { boost?: number; name?: string }

/** Readers of `boost` and `_name`, which go into `base`. */
export function baseReaders(base: QueryBase, queryName: string): Record<string, FieldReader> {
  return {
    boost: field.double((boost) => setBoost(base, boost, queryName)),
    _name: field.string((name) => {
      base.name = name
    })
  }
}

export function setBoost(base: QueryBase, boost: number, queryName: string): void {
  if (boost < 0)
    throw illegalArgument(
      `negative [boost] are not allowed in [${queryName}], use a value between 0 and 1 to deboost`
    )
  if (finiteBoost(boost) !== 1) base.boost = boost
}

/** Scores are float32, and so is what they are multiplied by. Errors REQUEST_ARGUMENT: infinite, negative. */
export function finiteBoost(boost: number): number {
  const float = Math.fround(boost)
  if (float >= 0 && float < Infinity) return boost
  throw illegalArgument(`boost must be a positive float, got ${javaFloatText(float)}`)
}
