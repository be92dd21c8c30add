/** Requests to a node as tests write them: an index of years and vectors, searches with everything else left at its default. */
import type { ExecutionContext } from 'ava'
import type {
  AliasDefinition,
  NodeOptions,
  NodeSearch,
  NodeSearchResult,
  ResolvedIndex,
  ResolveOptions,
  RunningNode,
  SortSpec,
  WriteItem
} from '../../src/node/index.ts'
import type { Query } from '../../src/query/index.ts'
import { VectorStoreError } from '../../src/util/index.ts'
import { openTestNode, temporaryFolder } from './temporary-node.ts'

export const options: ResolveOptions = {
  ignoreUnavailable: false,
  allowNoIndices: true,
  expandHidden: false
}

export const definition: Parameters<RunningNode['createIndex']>[1] = {
  settings: new Map<string, string>(),
  mappings: {
    properties: { year: { type: 'integer' }, v: { type: 'vector', dims: 2, space: 'l2' } }
  },
  aliases: new Map<string, AliasDefinition>()
}

export function put(index: string, id: string, year: number): WriteItem {
  const body = { year, v: [year, 0] }
  return { type: 'index', index, id, routing: null, opType: 'index', body, conditions: {} }
}

export const matchAll: Query = { type: 'matchAll' }
export const yearFrom = (gte: number): Query => ({
  type: 'fieldRange',
  field: 'year',
  gte,
  format: null,
  timeZone: null
})
export const byYear: readonly SortSpec[] = [
  {
    type: 'field',
    field: 'year',
    descending: false,
    missing: 'last',
    mode: null,
    unmappedType: null,
    format: null
  }
]

export function searchOf(given: Partial<NodeSearch>): NodeSearch {
  return {
    query: matchAll,
    knn: [],
    postFilter: null,
    from: 0,
    size: 10,
    sort: [],
    searchAfter: null,
    minScore: null,
    trackTotalHits: true,
    trackScores: false,
    rescore: [],
    fetch: {
      source: true,
      excludeVectors: null,
      fields: [],
      docvalueFields: [],
      version: false,
      seqNoPrimaryTerm: false
    },
    profile: false,
    timeoutMs: null,
    ...given
  }
}

export const ids = (result: NodeSearchResult): string[] => Array.from(result.hits, (hit) => hit.id)

export async function fresh(t: ExecutionContext, given: NodeOptions = {}): Promise<RunningNode> {
  return openTestNode(t, await temporaryFolder(t), given)
}

export const targets = (node: RunningNode, ...names: string[]): readonly ResolvedIndex[] =>
  node.resolve(names, options)

export async function fill(node: RunningNode, index: string, count: number): Promise<void> {
  await node.createIndex(index, definition)
  const results = await node.write(
    Array.from({ length: count }, (_, at) => put(index, `${at}`, at))
  )
  for (const { outcome } of results) if (!outcome.ok) throw outcome.error
}

export function alias(given: Partial<AliasDefinition> = {}): AliasDefinition {
  return {
    filterJson: null,
    filter: null,
    indexRouting: null,
    searchRouting: null,
    isWriteIndex: null,
    isHidden: null,
    ...given
  }
}

export const codeOf = async (
  t: ExecutionContext,
  run: Promise<unknown>
): Promise<string | undefined> => (await t.throwsAsync(run, { instanceOf: VectorStoreError }))?.code

export function countOf(node: RunningNode, name: string): number {
  return node.count(node.resolve([name], options), matchAll).count
}
