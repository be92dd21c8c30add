/** `_analyze`. */
import { analyze, parseAnalysis } from '../../dialect/index.ts'
import { loopSlice, runInSlices } from '../../util/index.ts'
import { routes } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { targetsOf } from '../targets.ts'

export const analyzeRoutes: readonly Route[] = routes(
  'GET,POST /_analyze /{index}/_analyze',
  'index analyzer text field',
  analyzeText
)

async function analyzeText(call: Call): Promise<Reply> {
  const name = call.parts.get('index') ?? call.url.get('index')
  const [target] = name === undefined ? [] : targetsOf(call.node, name, call.url)
  const analysis = call.body.parsed((body) => parseAnalysis(body, target?.index ?? null))
  return { body: await runInSlices(analyze(analysis), loopSlice()) }
}
