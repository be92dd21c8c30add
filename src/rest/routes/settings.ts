/** Settings of indices. */
import { matchesWildcard } from '../../util/index.ts'
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

function getSettings(call: Call): Reply {
  const names = call.parts.get('name')?.split(',') ?? ['*']
  const indices = indicesOf(call.node, call.parts.get('index'), call.url)
  const options = {
    isFlat: call.url.flag('flat_settings'),
    accepts: (name: string) =>
      names.some((pattern) => pattern === '_all' || matchesWildcard(pattern, name))
  }
  return {
    body: new Map(
      indices.map((index) => {
        const settings = printSettings(index, options)
        const withDefaults = call.url.flag('include_defaults') ? { defaults: {} } : {}
        return [index.metadata.name, { settings, ...withDefaults }]
      })
    )
  }
}

async function putSettings(call: Call): Promise<Reply> {
  const settings = parseSettingsUpdate(call.body.requiredJson())
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
