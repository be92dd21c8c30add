/** Joins a node with the Elasticsearch dialect: what the server, the tools and the embedded API open. */
import { elasticsearchDialect } from '../dialect/index.ts'
import type { NodeOptions, RunningNode } from '../node/index.ts'
import { Database, openNode } from '../node/index.ts'
import { nextTurn } from '../util/index.ts'
import type { RestHandler } from './handler.ts'
import { createHandler } from './handler.ts'
import type { RestRequest, RestResponse } from './types.ts'

export type OpenedRest = { readonly node: RunningNode; readonly handler: RestHandler }
export type OpenDatabase = Database<RestRequest, RestResponse>

/** A node and the handler that answers requests on it. Errors OPTION_INVALID, STORE_*. */
export async function openRest(folder: string, options: NodeOptions = {}): Promise<OpenedRest> {
  const node = await openNode(folder, options, elasticsearchDialect())
  return { node, handler: createHandler(node) }
}

/**
 * Opens a data folder in this process, making it when it is not there. Close it, or say `await using`.
 *
 * Cost     segments, not documents; see openNode.
 * Errors   OPTION_INVALID, STORE_LOCKED (another process has it; the message says which), STORE_FOREIGN, STORE_FORMAT,
 *          STORE_DAMAGED.
 */
export async function open(folder: string, options: NodeOptions = {}): Promise<OpenDatabase> {
  const dialect = elasticsearchDialect()
  const node = await openNode(folder, options, dialect)
  const handler = createHandler(node)
  return new Database<RestRequest, RestResponse>(node, {
    handle: (request) => {
      // Those of a socket are begun by http/, which looks at the turn too.
      const later = nextTurn()
      return later === null ? handler.handle(request) : later.then(() => handler.handle(request))
    },
    parseQuery: dialect.parseFilter
  })
}
