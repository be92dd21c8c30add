/** The plugin as the host lists it: clients of Elastiknn look for its name. */
import type { NodeInfo } from '../../node/index.ts'
import type { JsonObjectOut } from '../print-error.ts'

export const pluginName = 'elastiknn'

/** Elastiknn counts its own releases behind the host's version. */
export function pluginVersion({ version }: NodeInfo): string {
  return `${version}.0`
}

/** As `GET /_nodes` prints it. */
export function printPlugin(info: NodeInfo): JsonObjectOut {
  return {
    name: pluginName,
    version: pluginVersion(info),
    elasticsearch_version: info.version,
    java_version: '21',
    description: 'Vectors that are searched exactly and by hashing (built in)',
    classname: 'com.klibisz.elastiknn.ElastiknnPlugin',
    extended_plugins: [],
    has_native_controller: false
  }
}
