/** The query of the plugin Elastiknn, beside the host's own. */
import { nearestNeighborsName, readNeighborsQuery } from '../elastiknn/query.ts'
import { textOf } from '../body-values.ts'
import { doubleOf } from '../body-values.ts'
import { setBoost } from './query-context.ts'
import type { QueryBase, QueryReader } from './query-context.ts'

export function elastiknnQueries(): readonly (readonly [string, QueryReader])[] {
  return [
    [
      nearestNeighborsName,
      (node, { requestSize }) => {
        const base: QueryBase = {}
        const boost = node.member('boost')
        const name = node.member('_name')
        if (boost !== undefined) setBoost(base, doubleOf(boost.value), nearestNeighborsName)
        if (name !== undefined) base.name = textOf(name.value)
        return { ...readNeighborsQuery(node, requestSize), ...base }
      }
    ]
  ]
}
