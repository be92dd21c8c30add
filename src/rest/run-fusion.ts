/**
 * Reciprocal rank fusion: every child is a search of its own, cut at the window; the ranks are added up and the best
 * documents fetched. All searches see the same moment, however many turns of the event loop they take.
 */
import type { RankFusion } from '../dialect/index.ts'
import type {
  Moment,
  Node,
  NodeHit,
  NodeSearch,
  NodeSearchResult,
  ResolvedIndex
} from '../node/index.ts'

type Fused = {
  readonly hit: NodeHit
  /** Position of the index among the targets, position of the document in it: what decides between equal scores. */
  readonly place: readonly [number, number]
  score: number
}

/** Errors those of Node.search. */
export async function runFusion(
  node: Node,
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  fusion: RankFusion
): Promise<NodeSearchResult> {
  const moment = node.moment(targets)
  try {
    return await fuse(moment, targets, search, fusion)
  } finally {
    moment.release()
  }
}

async function fuse(
  moment: Moment,
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  fusion: RankFusion
): Promise<NodeSearchResult> {
  const started = performance.now()
  const fused = new Map<string, Fused>()
  const found: NodeHit[] = []
  for (const { leaf, weight } of fusion.children) {
    const hits = await childHits(moment, search, leaf, fusion.windowSize)
    if (leaf.knn.length > 0) found.push(...hits)
    let rank = fusion.rankConstant
    for (const hit of hits) {
      const share = weight / ++rank
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
  const hits = await fetched(moment, targets, search, page)
  const total = search.trackTotalHits === false ? null : await totalOf(moment, fusion, found)
  return {
    tookMs: Math.floor(performance.now() - started),
    timedOut: false,
    hits,
    total: total === null ? null : tracked(total, search.trackTotalHits),
    maxScore: best === undefined || page.length === 0 ? null : Math.fround(best.score),
    indexCount: targets.length,
    failures: [],
    profile: []
  }
}

const nothing = { source: false, fields: [], docvalueFields: [], version: false } as const

async function childHits(
  moment: Moment,
  search: NodeSearch,
  leaf: RankFusion['children'][number]['leaf'],
  windowSize: number
): Promise<NodeSearchResult['hits']> {
  const byScore = [{ type: 'score', descending: true }] as const
  const { query, knn, minScore } = leaf
  const sort = leaf.sort.length > 0 ? leaf.sort : byScore
  const wanted: NodeSearch = {
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
  }
  const { hits } = await whole(moment.search(wanted, 'inSlices'))
  return hits
}

/** Ranks of a part of the indices are no ranks: one that cannot answer fails the whole, as in Elasticsearch. */
async function whole<
  T extends { readonly failures: NodeSearchResult['failures']; readonly whole?: Promise<T> }
>(begun: T): Promise<T> {
  const result = (await begun.whole) ?? begun
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
async function fetched(
  moment: Moment,
  targets: readonly ResolvedIndex[],
  search: NodeSearch,
  page: readonly Fused[]
): Promise<NodeHit[]> {
  if (page.length === 0) return []
  const ids = page.map(({ hit }) => hit.id)
  const wanted: NodeSearch = {
    ...search,
    query: { type: 'ids', ids },
    knn: [],
    minScore: null,
    sort: [],
    from: 0,
    size: ids.length * targets.length,
    rescore: [],
    profile: false
  }
  const { hits } = await whole(moment.search(wanted, 'inSlices'))
  const byKey = new Map(Array.from(hits, (hit) => [keyOf(hit), hit]))
  return page.flatMap(({ hit, score }) => {
    const full = byKey.get(keyOf(hit))
    return full === undefined ? [] : [{ ...full, score: Math.fround(score) }]
  })
}

/** A total as far as it is wanted. */
function tracked(value: number, wanted: boolean | number): NodeSearchResult['total'] {
  return wanted === true || value <= Number(wanted)
    ? { value, relation: 'eq' }
    : { value: Number(wanted), relation: 'gte' }
}

/** All that any child matches: the queries' own matches and the neighbours that were found. */
async function totalOf(
  moment: Moment,
  fusion: RankFusion,
  neighbours: readonly NodeHit[]
): Promise<number> {
  const queries = fusion.children.flatMap(({ leaf }) => (leaf.query === null ? [] : [leaf.query]))
  const ids = [...new Set(neighbours.map(({ id }) => id))]
  const anyOf: NodeSearch['query'] = {
    type: 'bool',
    must: [],
    should: [...queries, { type: 'ids', ids }],
    filter: [],
    mustNot: [],
    minimumShouldMatch: 1
  }
  const { count } = await whole(moment.count(anyOf, 'inSlices'))
  return count
}
