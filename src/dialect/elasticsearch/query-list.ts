import { clauseCountMax } from '../../query/index.ts'
import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import type { QueryContext } from './query-context.ts'
import type { ParseQuery } from './query-parser.ts'

/** Queries that stand alone or in a list. Of a list that is too long one too many is read, and its number is refused later. */
export function parseQueryList(node: BodyNode, context: QueryContext, parse: ParseQuery): Query[] {
  return node.elements(clauseCountMax + 1).map((element) => parse(element, context))
}
