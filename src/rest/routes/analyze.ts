/** `_analyze`. */
import { analyze } from '../../dialect/index.ts'
import { routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { targetsOf } from '../targets.ts'

export const analyzeRoutes: readonly Route[] = routes(
  'GET,POST /_analyze /{index}/_analyze',
  'index analyzer text field',
  analyzeText
)

function analyzeText(call: Call): Reply {
  const name = call.parts.get('index') ?? call.url.get('index')
  const [target] = name === undefined ? [] : targetsOf(call.node, name, call.url)
  return { body: call.body.parsed((body) => analyze(body, target?.index ?? null)) }
}
