/**
 * Scan, walk or filtered walk: chosen by estimated cost, before anything is read.
 *
 * Costs are nanoseconds of one thread with resident pages (bench/micro/walk.bench.ts and real sets, Zen 3); only their ratios
 * matter.
 */
import { beamMax } from '../kernels/scratch.ts'
import { vectorByteLength } from '../spaces.ts'
import type { VectorSearchRequest, VectorSearchResult, VectorSpec } from '../types.ts'
import { codesFitPages } from './code-layout.ts'

/** Below this a scan takes microseconds, whatever the rows. */
const graphCountMin = 1_000
/** How many times cheaper than a scan a default walk has to be for a graph to be built: building costs too. */
const graphGainMin = 2
/**
 * Candidates of a walk where nobody asked for a number: recall stays above 0.95 on real sets. The planner takes what it is
 * given; callers with a default of their own raise it to this.
 */
export const candidatesDefaultMin = 100
/** What 7-bit codes get wrong is among three times as many, and never among fewer than 30. */
const rescoreFactor = 3
const rescoreMin = 30
/** Fewer, and walks without a filter are below the recall floor of .95 (100,000 x 128). */
const floorCandidates = 32
/**
 * Share of accepted vectors below which refused nodes are not even scored: a hop then gathers accepted nodes from two
 * hops. Above it the plain walk meets enough accepted nodes.
 */
const twoHopShareMax = 0.6

export type PlanFacts = {
  readonly count: number
  /** Accepted vectors; `count` without a filter. */
  readonly acceptCount: number
  readonly m: number
  readonly rowBytes: number
  readonly codeBytes: number
  readonly lossy: boolean
  /** What the graph's own check found a beam to need (walk-check.ts). */
  readonly beamFactor: number
}

export type Plan = {
  readonly strategy: VectorSearchResult['strategy']
  /** Beam of the walk. */
  readonly ef: number
  /** Candidates compared with the rows. */
  readonly rescoreCount: number
  readonly twoHops: boolean
}

export type PlanRequest = Pick<VectorSearchRequest, 'k' | 'candidates' | 'rescore' | 'strategy'>

export function planSearch(request: PlanRequest, facts: PlanFacts): Plan {
  const { k, strategy } = request
  const { count, acceptCount } = facts
  const share = count === 0 ? 0 : acceptCount / count
  const twoHops = share < twoHopShareMax
  const { ef, rescoreCount } = beamOf(request, facts, twoHops)
  if (strategy === 'exact' || acceptCount <= k || ef > beamMax) return exact
  const isWalk =
    strategy === 'graph' ||
    (share >= twoHopShareMin(facts.m) && scanCost(facts) > walkCost(ef, rescoreCount, share, facts))
  if (!isWalk) return exact
  return {
    strategy: acceptCount === count ? 'graph' : 'filtered-graph',
    ef,
    rescoreCount,
    twoHops
  }
}

const exact: Plan = Object.freeze({
  strategy: 'exact',
  ef: 0,
  rescoreCount: 0,
  twoHops: false
})

/** Rescoring asked for by number needs a beam that wide; the planner's own takes what the beam holds. */
function beamOf(
  request: PlanRequest,
  facts: PlanFacts,
  twoHops: boolean
): Pick<Plan, 'ef' | 'rescoreCount'> {
  const { k, candidates, rescore, strategy } = request
  const isGiven = facts.lossy && rescore > 0
  const wanted = isGiven ? rescore : Math.max(rescoreFactor * k, rescoreMin)
  const floor = twoHops && strategy === 'planned' ? twoHopBeamMin(candidates, facts) : 0
  const beam = Math.ceil(Math.max(candidates, floor) * facts.beamFactor)
  const ef = Math.max(k, beam, isGiven ? Math.min(wanted, facts.count) : 0)
  return { ef, rescoreCount: facts.lossy ? Math.max(k, Math.min(wanted, ef)) : k }
}

/**
 * Beam below which walks in two hops lose the recall floor: 64 at a tenth, more where fewer are accepted (measured on
 * 100,000 x 128, recall at beam: 10 % .964 at 64, 5 % .973 at 100, 3 % .953 at 100, 2 % .946 at 160). Who asks for so few candidates
 * that walks without a filter are below the floor too gets that share of it: else a filter costs up to five times the search without.
 */
function twoHopBeamMin(candidates: number, { count, acceptCount }: PlanFacts): number {
  const beam = 64 * Math.max(1, (0.1 * count) / Math.max(1, acceptCount)) ** 0.7
  return Math.ceil(beam * Math.min(1, candidates / floorCandidates))
}

/**
 * Two hops see about 4 M^2 nodes. When fewer than M of them are accepted the accepted nodes no longer hang together
 * (measured: recall 0.95 at a share of 2 %, 0.85 at 1 %, with M 16 and a beam of 100).
 */
function twoHopShareMin(m: number): number {
  return 1 / (4 * m)
}

/** Bytes of codes and of accepted rows that stay in the processor's cache from search to search. */
const cachedCodeBytes = 4 << 20
const cachedRowBytes = 8 << 20

/** Rows stream in order when all are accepted; far between they cost a miss of one of the processor's caches each. */
export function scanCost({
  count,
  acceptCount,
  rowBytes
}: Pick<CostFacts, 'count' | 'acceptCount' | 'rowBytes'>): number {
  const isSparse = acceptCount < count / 8
  const isCached = acceptCount * rowBytes < cachedRowBytes
  const perRow = 9 + rowBytes * (isCached ? 0.045 : 0.085)
  return count / 32 + acceptCount * (perRow + (isSparse ? (isCached ? 17 : 30) : 0))
}

/** A page that is not there: a record read, checked and copied. */
const missNs = 8_000

type Residency = { readonly pageCount?: number; readonly residentCount?: number }

/** Cost of the pages that are not there when `readCount` of a table are read. */
export function missingCost(
  { pageCount = 0, residentCount }: Residency,
  readCount: number
): number {
  if (residentCount === undefined || pageCount === 0) return 0
  return Math.min(readCount, pageCount) * (1 - residentCount / pageCount) * missNs
}

/** Cost of a plan, resident but for what the tables say. */
export function planCost(
  plan: Plan,
  facts: PlanFacts,
  tables: { readonly codes: Residency; readonly lists: Residency; readonly rows: Residency }
): number {
  const { codes, lists, rows } = tables
  if (plan.strategy === 'exact') return scanCost(facts) + missingCost(rows, facts.acceptCount)
  const { ef, rescoreCount } = plan
  const share = facts.acceptCount / facts.count
  const misses =
    missingCost(lists, ef) +
    missingCost(codes, 8 * ef) +
    missingCost(rows, Math.min(rescoreCount, rescoreMin))
  return walkCost(ef, rescoreCount, share, facts) + misses
}

/** Scored nodes grow with the beam and a little with M. */
function walkCost(ef: number, rescoreCount: number, share: number, facts: CostFacts): number {
  const isCached = facts.count * facts.codeBytes < cachedCodeBytes
  const perNode = isCached ? 28 + facts.codeBytes * 0.05 : 40 + facts.codeBytes * 0.1
  const widths = Math.sqrt(facts.m / 16)
  // A small graph is seen to its ends before the beam is full of what is near.
  const scored = Math.min(0.6 * facts.count, (150 + 10.5 * ef) * widths)
  const detour = share === 1 || share < twoHopShareMax ? 1 : 1.2 / share
  const passed = share < twoHopShareMax ? listsPassed(ef, share, facts) * widths : 0
  const rescored = Math.min(rescoreCount, rescoreMin) * (40 + facts.rowBytes * 0.085)
  return (
    3_000 + scored * perNode * detour + passed * (isCached ? 60 : 110) + rescored + ef * ef * 0.05
  )
}

/** Lists that a walk in two hops reads without scoring whose they are: for each of its beam those around, until one is accepted. */
function listsPassed(ef: number, share: number, { m }: CostFacts): number {
  return ef * Math.min(1 / share, 1.25 * m)
}

type CostFacts = Pick<PlanFacts, 'count' | 'acceptCount' | 'm' | 'rowBytes' | 'codeBytes'>

/** Whether an index of `count` vectors is worth a graph: a walk for a default search is much cheaper than a scan. */
export function wantsGraph(spec: VectorSpec, count: number): boolean {
  if (spec.index !== 'hnsw' || count < graphCountMin || !codesFitPages(spec)) return false
  const rowBytes = vectorByteLength(spec)
  const codeBytes = spec.element === 'float32' && spec.codes === 'auto' ? spec.dims : rowBytes
  const facts = { count, acceptCount: count, m: spec.m, rowBytes, codeBytes }
  return scanCost(facts) >= graphGainMin * walkCost(candidatesDefaultMin, rescoreMin, 1, facts)
}
