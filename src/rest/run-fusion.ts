/**
 * Reciprocal rank fusion: every child is a search of its own, cut at the window; the ranks are added up and the best
 * documents fetched. All of it happens in one turn of the event loop, so all searches see the same moment.
 */
import type { RankFusion } from '../dialect/index.ts'
import type { Node, NodeHit, NodeSearch, NodeSearchResult, ResolvedIndex } from '../node/index.ts'

type Fused = {
  readonly hit: NodeHit
  /** Position of the index among the targets, position of the document in it: what decides between equal scores. */
  readonly place: readonly [number, number]
  score: number
}

export function runFusion(
  node: Node,
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  fusion: RankFusion
): NodeSearchResult {
  const started = performance.now()
  const fused = new Map<string, Fused>()
  const found: NodeHit[] = []
  for (const { leaf, weight } of fusion.children) {
    const hits = childHits(node, targets, search, leaf, fusion.windowSize)
    if (leaf.knn.length > 0) found.push(...hits)
    for (const [at, hit] of hits.entries()) {
      const share = weight / (fusion.rankConstant + at + 1)
      const entry = fused.get(keyOf(hit))
      if (entry === undefined)
        fused.set(keyOf(hit), { hit, place: placeOf(targets, hit), score: share })
      else entry.score += share
    }
  }
  const ranked = [...fused.values()].toSorted(
    (a, b) => b.score - a.score || a.place[0] - b.place[0] || a.place[1] - b.place[1]
  )
  const window = ranked.slice(0, fusion.windowSize)
  const page = window.slice(search.from, search.from + search.size)
  const [best] = window
  return {
    tookMs: Math.floor(performance.now() - started),
    timedOut: false,
    hits: fetched(node, targets, search, page),
    total: { value: totalOf(node, targets, fusion, found), relation: 'eq' },
    maxScore: best === undefined || page.length === 0 ? null : Math.fround(best.score),
    indexCount: targets.length,
    failures: [],
    profile: []
  }
}

const nothing = { source: false, fields: [], docvalueFields: [], version: false } as const

function childHits(
  node: Node,
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  leaf: RankFusion['children'][number]['leaf'],
  windowSize: number
): readonly NodeHit[] {
  const byScore = [{ type: 'score', descending: true }] as const
  const { query, knn, minScore } = leaf
  const sort = leaf.sort.length > 0 ? leaf.sort : byScore
  const result = node.search(targets, {
    ...search,
    query,
    knn,
    minScore,
    sort: [...sort, { type: 'doc', descending: false }],
    from: 0,
    size: windowSize,
    trackTotalHits: false,
    rescore: [],
    profile: false,
    fetch: { ...search.fetch, ...nothing, seqNoPrimaryTerm: false }
  })
  return whole(result).hits
}

/** Ranks of a part of the indices are no ranks: one that cannot answer fails the whole, as in Elasticsearch. */
function whole<T extends { readonly failures: NodeSearchResult['failures'] }>(result: T): T {
  const [failure] = result.failures
  if (failure !== undefined) throw failure.error
  return result
}

function keyOf(hit: { readonly index: string; readonly id: string }): string {
  return `${hit.index}/${hit.id}`
}

function placeOf(targets: readonly ResolvedIndex[], hit: NodeHit): [number, number] {
  const target = targets.findIndex(({ index }) => index.metadata.name === hit.index)
  return [target, Number(hit.sort?.at(-1) ?? 0)]
}

/** The documents of a page with what the request wants of them, and the fused scores. */
function fetched(
  node: Node,
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  page: readonly Fused[]
): NodeHit[] {
  if (page.length === 0) return []
  const ids = page.map(({ hit }) => hit.id)
  const result = node.search(targets, {
    ...search,
    query: { type: 'ids', ids },
    knn: [],
    minScore: null,
    sort: [],
    from: 0,
    size: ids.length * targets.length,
    rescore: [],
    profile: false
  })
  const byKey = new Map(whole(result).hits.map((hit) => [keyOf(hit), hit]))
  return page.flatMap(({ hit, score }) => {
    const full = byKey.get(keyOf(hit))
    return full === undefined ? [] : [{ ...full, score: Math.fround(score) }]
  })
}

/** All that any child matches: the queries' own matches and the neighbours that were found. */
function totalOf(
  node: Node,
  targets: readonly ResolvedIndex[],
  fusion: RankFusion,
  neighbours: readonly NodeHit[]
): number {
  const queries = fusion.children.flatMap(({ leaf }) => (leaf.query === null ? [] : [leaf.query]))
  const ids = [...new Set(neighbours.map(({ id }) => id))]
  const counted = node.count(targets, {
    type: 'bool',
    must: [],
    should: [...queries, { type: 'ids', ids }],
    filter: [],
    mustNot: [],
    minimumShouldMatch: 1
  })
  return whole(counted).count
}
