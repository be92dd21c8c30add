import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import type { QueryContext } from './query-context.ts'
import type { ParseQuery } from './query-parser.ts'

/** Queries that stand alone or in a list. */
export function parseFilterList(node: BodyNode, context: QueryContext, parse: ParseQuery): Query[] {
  return node.elements().map((element) => parse(element, context))
}
