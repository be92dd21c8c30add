/**
 * Clauses of long bodies, parsed in steps before the query around them is: thousands take some milliseconds, cold code many. The
 * parser takes those that it finds parsed, and is the one who tells of faults.
 */
import type { Query } from '../../query/index.ts'
import { clauseCountMax } from '../../query/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import { BodyNode, isObjectValue } from '../body-node.ts'
import { parseQuery } from './query-parser.ts'
import type { QueryContext } from './query-context.ts'

/** Members that hold queries, alone or in lists. Others of these names are parsed in vain, and their faults are nobody's. */
const listNames: ReadonlySet<string | number> = new Set([
  'must',
  'should',
  'filter',
  'must_not',
  'queries'
])

type Visit = { readonly node: BodyNode; readonly isQuery: boolean; isOpen: boolean }

/** The same context with the clauses of a body; inner ones first, so that each is parsed once. */
export function* parseClauses(body: unknown, context: QueryContext): Steps<QueryContext> {
  const parsed = new Map<unknown, Query>()
  const known = { ...context, parsed }
  const open: Visit[] = [{ node: new BodyNode(body), isQuery: false, isOpen: false }]
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    const { node, isQuery, isOpen } = visit
    if (!isOpen) {
      open.push({ ...visit, isOpen: true })
      pushBelow(node, isQuery, open)
    } else if (isQuery && !keepParsed(node, known, parsed)) return known
    yield
  }
  return known
}

/** The members of an object, or the elements of a list; numbers and words hold no clauses. */
function pushBelow(node: BodyNode, isQuery: boolean, open: Visit[]): void {
  const { value } = node
  if (isObjectValue(value))
    for (const [name, member] of node.members().toReversed()) {
      const isOne = listNames.has(name)
      if (isStructured(member.value)) open.push({ node: member, isQuery: isOne, isOpen: false })
    }
  else if (Array.isArray(value) && isStructured(value[0]))
    for (const element of node.elements(clauseCountMax + 1).toReversed())
      open.push({ node: element, isQuery, isOpen: false })
}

const isStructured = (value: unknown): boolean => isObjectValue(value) || Array.isArray(value)

/** false: something is wrong with it. */
function keepParsed(node: BodyNode, context: QueryContext, parsed: Map<unknown, Query>): boolean {
  if (!isObjectValue(node.value)) return true
  try {
    parsed.set(node.value, parseQuery(node, context))
    return true
  } catch (error) {
    if (error instanceof VectorStoreError) return false
    throw error
  }
}
