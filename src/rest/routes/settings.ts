/** Settings of indices. */
import type { NodeIndex } from '../../node/index.ts'
import { loopSlice, matchesWildcard, runInSlices } from '../../util/index.ts'
import type { Steps } from '../../util/index.ts'
import { parseSettingsUpdate, printSettings } from '../../dialect/index.ts'
import { indicesOptions, routes, timeouts } from '../route.ts'
import type { Call, Reply, Route } from '../route.ts'
import { indicesOf } from '../targets.ts'

export const settingsRoutes: readonly Route[] = [
  ...routes(
    'GET /_settings /_settings/{name} /{index}/_settings /{index}/_settings/{name}',
    `${indicesOptions} ${timeouts} flat_settings include_defaults local`,
    getSettings
  ),
  ...routes(
    'PUT /_settings /{index}/_settings',
    `${indicesOptions} ${timeouts} preserve_existing flat_settings reopen`,
    putSettings
  )
]

async function getSettings(call: Call): Promise<Reply> {
  const names = call.parts.get('name')?.split(',') ?? ['*']
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const options = {
    isFlat: call.url.flag('flat_settings'),
    accepts: (name: string) =>
      names.some((pattern) => pattern === '_all' || matchesWildcard(pattern, name))
  }
  const hasDefaults = call.url.flag('include_defaults')
  return { body: await runInSlices(printAll(indices, options, hasDefaults), loopSlice()) }
}

function* printAll(
  indices: readonly NodeIndex[],
  options: Parameters<typeof printSettings>[1],
  hasDefaults: boolean
): Steps<Map<string, unknown>> {
  const withDefaults = hasDefaults ? { defaults: {} } : {}
  const printed = new Map<string, unknown>()
  for (const index of indices) {
    const settings = yield* printSettings(index, options)
    printed.set(index.metadata.name, { settings, ...withDefaults })
  }
  return printed
}

async function putSettings(call: Call): Promise<Reply> {
  const settings = await runInSlices(parseSettingsUpdate(call.body.requiredJson()), loopSlice())
  const keepsPresent = call.url.flag('preserve_existing')
  const changes = indicesOf(call.node, call.parts.get('index'), call.url).map(({ metadata }) => {
    const wanted = keepsPresent
      ? new Map([...settings].filter(([name]) => !metadata.settings.has(name)))
      : settings
    return [metadata.name, wanted] as const
  })
  await call.node.putSettings(new Map(changes))
  return { body: { acknowledged: true } }
}
