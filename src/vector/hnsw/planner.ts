/**
 * Scan, walk or filtered walk: chosen by estimated cost, before anything is read.
 *
 * Costs are nanoseconds of one thread with resident pages (bench/micro/walk.bench.ts, Zen 3); only their ratios matter.
 */
import { beamMax } from '../kernels/scratch.ts'
import type { VectorSearchRequest, VectorSearchResult } from '../types.ts'

/** Below this a graph is not built, and one that is there is not walked. */
export const graphCountMin = 10_000
/**
 * Candidates of a walk where nobody asked for a number: recall stays above 0.95 on real sets. The planner takes what it is
 * given; callers with a default of their own raise it to this.
 */
export const candidatesDefaultMin = 100
/** What 7-bit codes get wrong is among three times as many, and never among fewer than 30. */
const rescoreFactor = 3
const rescoreMin = 30
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
  const exact: Plan = { strategy: 'exact', ef: 0, rescoreCount: 0, twoHops: false }
  const walk: Plan = {
    strategy: acceptCount === count ? 'graph' : 'filtered-graph',
    ef,
    rescoreCount,
    twoHops
  }
  if (strategy === 'exact' || acceptCount <= k || ef > beamMax) return exact
  if (strategy === 'graph') return walk
  if (count < graphCountMin || share < twoHopShareMin(facts.m)) return exact
  return scanCost(facts) <= walkCost(ef, rescoreCount, share, facts) ? exact : walk
}

/** Rescoring asked for by number needs a beam that wide; the planner's own takes what the beam holds. */
function beamOf(
  request: PlanRequest,
  facts: PlanFacts,
  twoHops: boolean
): Pick<Plan, 'ef' | 'rescoreCount'> {
  const { k, candidates, rescore, strategy } = request
  const isGiven = facts.lossy && rescore > 0
  const wanted = isGiven ? rescore : Math.max(rescoreFactor * k, rescoreMin)
  const floor = twoHops && strategy === 'planned' ? candidatesDefaultMin : 0
  const ef = Math.max(k, candidates, floor, isGiven ? Math.min(wanted, facts.count) : 0)
  return { ef, rescoreCount: facts.lossy ? Math.max(k, Math.min(wanted, ef)) : k }
}

/**
 * Two hops see about 4 M^2 nodes. When fewer than M of them are accepted the accepted nodes no longer hang together
 * (measured: recall 0.95 at a share of 2 %, 0.85 at 1 %, with M 16 and a beam of 100).
 */
function twoHopShareMin(m: number): number {
  return 1 / (4 * m)
}

/** Rows stream in order when all are accepted; far between they cost a miss of the processor's cache each. */
function scanCost({ count, acceptCount, rowBytes }: PlanFacts): number {
  const isSparse = acceptCount < count / 8
  return count / 32 + acceptCount * (8 + rowBytes * 0.08 + (isSparse ? 30 : 0))
}

/** Scored nodes grow with the beam and a little with M; a filtered walk reads lists it does not score. */
function walkCost(ef: number, rescoreCount: number, share: number, facts: PlanFacts): number {
  const perNode = 70 + facts.codeBytes * 0.05
  const scored = Math.min(facts.count, (150 + 10.5 * ef) * Math.sqrt(facts.m / 16))
  const detour = share === 1 ? 1 : share >= twoHopShareMax ? 1.2 / share : 2.4
  return scored * perNode * detour + rescoreCount * (40 + facts.rowBytes * 0.08) + ef * ef * 0.05
}
