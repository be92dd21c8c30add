/** What goes wrong while a search runs, as the shards of an index tell it: "all shards failed", or a part of them. */
import { SearchFailure } from '../dialect/index.ts'
import type { NodeSearch, NodeSearchResult, ResolvedIndex } from '../node/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { ErrorCode } from '../util/index.ts'
import type { SearchCall } from './run-search.ts'

/** Codes that, once the request is parsed, are failures of a shard. */
const shardCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'QUERY_SHARD',
  'QUERY_LIMIT',
  'SCRIPT_COMPILE',
  'SCRIPT_RUNTIME',
  'REQUEST_ARGUMENT',
  'REQUEST_PARSE',
  'VECTOR_DIMS',
  'VECTOR_VALUE',
  'STORE_CHECKSUM',
  'STORE_DAMAGED',
  'STORE_FORMAT',
  'STORE_MISSING',
  'DEADLINE_EXCEEDED'
])

/**
 * Runs a part of a search; what goes wrong in it is "all shards failed".
 *
 * Errors   QUERY_FAILED with the failure and the index it was met in.
 */
export function onShards<T>(
  call: Pick<SearchCall, 'node'>,
  search: Pick<NodeSearch, 'knn'> | null,
  targets: readonly ResolvedIndex[],
  run: () => T
): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof VectorStoreError) || error instanceof SearchFailure) throw error
    const { nodeId } = call.node.info
    if (error.code === 'CONTEXT_ABSENT')
      throw new SearchFailure({ index: null, error }, 'query', nodeId)
    if (!shardCodes.has(error.code)) throw error
    throw new SearchFailure(shardFailure(error, targets), phaseOf(search), nodeId)
  }
}

/** A result or a count that may be still to come. Errors QUERY_FAILED. */
export async function wholeResult<T extends { readonly whole?: Promise<T> }>(
  call: Pick<SearchCall, 'node'>,
  search: NodeSearch | null,
  targets: readonly ResolvedIndex[],
  result: T
): Promise<T> {
  try {
    return (await result.whole) ?? result
  } catch (error) {
    return onShards(call, search, targets, () => {
      throw error
    })
  }
}

/** Errors QUERY_FAILED: some indices could not answer, and a part of the answer is not wanted. */
export function checkWhole(
  call: Pick<SearchCall, 'node' | 'url'>,
  search: NodeSearch,
  result: NodeSearchResult
): void {
  const [failure] = result.failures
  if (failure === undefined || call.url.flag('allow_partial_search_results', true)) return
  const { nodeId } = call.node.info
  throw new SearchFailure(failure, phaseOf(search), nodeId, 'Partial shards failure')
}

/**
 * A script that does not compile is told by the shards, however deep in the body it stands. null: it is something else.
 *
 * Errors   those of `targets`.
 */
export function scriptFailure(
  { node, targets }: Pick<SearchCall, 'node' | 'targets'>,
  error: unknown
): SearchFailure | null {
  const script = scriptFault(error)
  if (script === null) return null
  const [first] = targets()
  const { name = '_na_', uuid = '_na_' } = first?.index.metadata ?? {}
  const text = `failed to create query: ${script.message}`
  const failure = { index: name, error: queryShard(text, name, uuid, script) }
  return new SearchFailure(failure, 'query', node.info.nodeId)
}

function scriptFault(error: unknown): VectorStoreError | null {
  for (let at: unknown = error; at instanceof VectorStoreError; at = at.cause)
    if (at.code === 'SCRIPT_COMPILE') return at
  return null
}

function phaseOf(search: Pick<NodeSearch, 'knn'> | null): 'dfs' | 'query' {
  return search !== null && search.knn.length > 0 ? 'dfs' : 'query'
}

function shardFailure(
  error: VectorStoreError,
  targets: readonly ResolvedIndex[]
): { index: string; error: VectorStoreError } {
  const [first] = targets
  const named = typeof error.details['index'] === 'string' ? error.details['index'] : null
  const index = named ?? first?.index.metadata.name ?? '_na_'
  const target = targets.find((one) => one.index.metadata.name === index)
  const uuid = target?.index.metadata.uuid ?? '_na_'
  if (error.code === 'VECTOR_DIMS' || error.code === 'VECTOR_VALUE')
    return {
      index,
      error: queryShard(`failed to create query: ${error.message}`, index, uuid, error)
    }
  if (error.code === 'QUERY_SHARD' && named === null)
    return { index, error: queryShard(error.message, index, uuid, error.cause) }
  return { index, error }
}

function queryShard(
  message: string,
  index: string,
  uuid: string,
  cause: unknown
): VectorStoreError {
  return new VectorStoreError('QUERY_SHARD', message, {
    details: { index_uuid: uuid, index },
    ...(cause === undefined ? {} : { cause })
  })
}
