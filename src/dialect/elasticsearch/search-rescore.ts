/** `rescore` of a search: queries that order the best hits again. */
import type { NodeSearch } from '../../node/index.ts'
import type { Query } from '../../query/index.ts'
import type { BodyNode } from '../body-node.ts'
import { field, readObject } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'
import { parseQuery } from './query-parser.ts'
import type { QueryContext } from './query-context.ts'

type Rescore = NodeSearch['rescore'][number]

const scoreModes = ['total', 'multiply', 'avg', 'max', 'min'] as const
/** index.max_rescore_window. */
const windowMax = 10_000
const windowDefault = 10

export function readRescore(node: BodyNode, context: QueryContext): Rescore[] {
  return node.elements().map((element) => {
    let windowSize = windowDefault
    let rescore: Omit<Rescore, 'windowSize'> | null = null
    readObject(element, 'rescore', {
      window_size: field.int((value) => {
        windowSize = value
      }),
      query: field.object((member) => {
        rescore = readQueryRescore(member, context)
      })
    })
    if (rescore === null) throw element.parseFault('missing rescore type')
    if (windowSize < 0)
      throw illegalArgument(
        `[window_size] must be greater than or equal to 0, found [${windowSize}]`
      )
    if (windowSize > windowMax)
      throw illegalArgument(
        `Rescore window [${windowSize}] is too large. It must be less than [${windowMax}]. This prevents allocating massive heaps for storing the results to be rescored. This limit can be set by changing the [index.max_rescore_window] index level setting.`
      )
    return { windowSize, ...(rescore as Omit<Rescore, 'windowSize'>) }
  })
}

function readQueryRescore(node: BodyNode, context: QueryContext): Omit<Rescore, 'windowSize'> {
  let query: Query | null = null
  const weights = { queryWeight: 1, rescoreQueryWeight: 1 }
  let scoreMode: Rescore['scoreMode'] = 'total'
  readObject(node, 'query', {
    rescore_query: field.object((member) => {
      query = parseQuery(member, context)
    }),
    query_weight: field.double((value) => {
      weights.queryWeight = value
    }),
    rescore_query_weight: field.double((value) => {
      weights.rescoreQueryWeight = value
    }),
    score_mode: field.string((value) => {
      const found = scoreModes.find((mode) => mode === value.toLowerCase())
      if (found === undefined) throw illegalArgument(`illegal score_mode [${value}]`)
      scoreMode = found
    })
  })
  if (query === null) throw illegalArgument('Required [rescore_query]')
  return { query, ...weights, scoreMode }
}
