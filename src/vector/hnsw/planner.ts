/**
 * Scan of the rows, scan of the codes, walk or filtered walk: chosen by estimated cost, before anything is read.
 *
 * Costs are nanoseconds of one thread (bench/micro/walk.bench.ts and real sets, Zen 3); only their ratios matter.
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
  /** Walks end by distance (spread.ts): a filtered one finds k in a beam that is narrower. */
  readonly hasSpread: boolean
}

export type Plan = {
  readonly strategy: VectorSearchResult['strategy']
  /** Beam of the walk. */
  readonly ef: number
  /** Candidates compared with the rows. */
  readonly rescoreCount: number
  /** Nodes a filtered walk may look at before it is given up for a scan: no accepted ones are near. */
  readonly scoredMax: number
}

export type PlanRequest = Pick<VectorSearchRequest, 'k' | 'candidates' | 'rescore' | 'strategy'>

/** Of the tables a search reads. */
export type PlanTables = {
  readonly codes: Residency
  readonly lists: Residency
  readonly rows: Residency
}

export function planSearch(
  request: PlanRequest,
  facts: PlanFacts,
  tables: PlanTables = allResident
): Plan {
  const { k, strategy } = request
  if (strategy === 'exact' || facts.acceptCount <= k) return exact
  if (strategy === 'code-scan') return planScan(request, facts, tables)
  const walk = walkPlan(request, facts, tables)
  if (strategy === 'graph') return walk ?? exact
  return cheapest([planScan(request, facts, tables), walk], facts, tables)
}

/** The same without walks. */
export function planScan(request: PlanRequest, facts: PlanFacts, tables: PlanTables): Plan {
  const { strategy } = request
  const codes = codeScanPlan(request, facts)
  if (codes === null || strategy === 'exact') return exact
  if (strategy === 'code-scan') return codes
  return planCost(codes, facts, tables) > codeScanNsMax
    ? exact
    : cheapest([exact, codes], facts, tables)
}

function cheapest(plans: readonly (Plan | null)[], facts: PlanFacts, tables: PlanTables): Plan {
  let best = exact
  let least = Number.POSITIVE_INFINITY
  for (const plan of plans) {
    if (plan === null) continue
    const cost = planCost(plan, facts, tables)
    if (cost >= least) continue
    least = cost
    best = plan
  }
  return best
}

const exact: Plan = Object.freeze({
  strategy: 'exact',
  ef: 0,
  rescoreCount: 0,
  scoredMax: 0
})

/** null: they do not fit the scratch. */
function codeScanPlan(request: PlanRequest, { lossy, acceptCount }: PlanFacts): Plan | null {
  const { k, rescore } = request
  if (Math.max(k, rescore) > beamMax) return null
  const wanted = lossy ? Math.max(k, rescoreWanted(request)) : k
  const rescoreCount = Math.min(wanted, acceptCount, beamMax)
  return { strategy: 'code-scan', ef: 0, rescoreCount, scoredMax: 0 }
}

/** Rescoring asked for by number needs a beam that wide; the planner's own takes what the beam holds. null: a beam beyond the scratch. */
function walkPlan(request: PlanRequest, facts: PlanFacts, tables: PlanTables): Plan | null {
  const { k, candidates, rescore } = request
  const { count, acceptCount, lossy, beamFactor, hasSpread } = facts
  const isFiltered = acceptCount < count
  const isGiven = lossy && rescore > 0
  const beam = Math.ceil(narrowed(candidates, k, acceptCount / count) * beamFactor)
  const ef = Math.max(isFiltered && hasSpread ? 1 : k, beam, isGiven ? Math.min(rescore, count) : 0)
  if (ef > beamMax) return null
  const rescoreCount = lossy ? Math.max(k, rescoreWanted(request)) : k
  if (!isFiltered)
    return { strategy: 'graph', ef, rescoreCount: Math.min(rescoreCount, ef), scoredMax: noLimit }
  const scoredMax = request.strategy === 'graph' ? noLimit : scoredWorth(request, ef, facts, tables)
  return { strategy: 'filtered-graph', ef, rescoreCount, scoredMax }
}

const noLimit = 0xffff_ffff

function rescoreWanted({ k, rescore }: PlanRequest): number {
  return rescore > 0 ? rescore : Math.max(rescoreFactor * k, rescoreMin)
}

/**
 * Beam in which a filtered walk finds what an unfiltered one finds in a beam of `candidates`: it looks at as many nodes as one of
 * beam / share, so that each of its own was compared with more. Measured by equal recall on 100,000 x 128 with 16 to 96 candidates:
 * share ** .49 at a half, .42 at a third and a tenth, .44 at a twentieth, .40 at a fiftieth; wider here. Beams below k miss more.
 */
export function narrowed(candidates: number, k: number, share: number): number {
  return Math.max(candidates * share ** 0.4, Math.min(k, 0.3 * candidates))
}

/**
 * Where refused nodes lie around the query and accepted ones far from it, a filtered walk goes through all that is nearer. It is
 * given up when it has taken several times as long as was planned, and as long as a scan.
 */
function scoredWorth(
  request: PlanRequest,
  ef: number,
  facts: PlanFacts,
  tables: PlanTables
): number {
  const scan = planCost(planScan({ ...request, strategy: 'planned' }, facts, tables), facts, tables)
  const worth = Math.min(scan / nodeCost(facts), scoredWorthMax)
  return Math.ceil(Math.max(4 * scoredCount(ef, facts), worth))
}

/** About two milliseconds; nobody else has the thread meanwhile. */
const scoredWorthMax = 25_000

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

/**
 * Cost of the pages that are not there when `readCount` of a table are read.
 *
 * @param power  What is read again and again is there; of what is missing in a cache with room most was never asked for, and is
 *               missed once. The more one goes where others went, the higher. @default 1
 */
export function missingCost(
  { pageCount = 0, residentCount = pageCount }: Residency,
  readCount: number,
  power: number = 1
): number {
  if (pageCount === 0) return 0
  const share = missingPages({ pageCount, residentCount }) / pageCount
  return Math.min(readCount, pageCount) * share ** power * missNs
}

/** Pages of a table that are not in frames. */
export function missingPages({ pageCount = 0, residentCount = pageCount }: Residency): number {
  return pageCount - residentCount
}

export const allResident: PlanTables = { codes: {}, lists: {}, rows: {} }

/** Cost of a plan, resident but for what the tables say. */
export function planCost(plan: Plan, facts: PlanFacts, tables: PlanTables): number {
  const { codes, lists, rows } = tables
  if (plan.strategy === 'exact') return scanCost(facts) + missingCost(rows, facts.acceptCount)
  const { ef, rescoreCount } = plan
  const rescored = rescoreCost(rescoreCount, facts) + missingCost(rows, comparedCount(rescoreCount))
  if (plan.strategy === 'code-scan') {
    return codeScanCost(rescoreCount, facts) + missingCost(codes, facts.acceptCount, 2) + rescored
  }
  const beam = ef / (facts.acceptCount / facts.count)
  const misses = missingCost(lists, beam, 3) + missingCost(codes, 8 * beam, 3)
  return walkCost(ef, facts) + misses + rescored
}

/** A scan of codes is done in one go: longer ones are left to those that can be shared out. */
const codeScanNsMax = 2_000_000

/** Codes are less than a third of the rows, and compared four at a time. */
function codeScanCost(kept: number, { count, acceptCount, codeBytes }: CostFacts): number {
  return 3_000 + count / 20 + acceptCount * (9 + codeBytes * 0.036) + kept * 150
}

/** Rows of candidates that are compared with what is wanted: the codes tell that the others cannot be among them. */
function comparedCount(rescoreCount: number): number {
  return Math.max(Math.min(rescoreCount, rescoreMin), rescoreCount / 2)
}

function rescoreCost(rescoreCount: number, { rowBytes }: CostFacts): number {
  return comparedCount(rescoreCount) * (40 + rowBytes * 0.085)
}

function nodeCost({ count, codeBytes }: CostFacts): number {
  const isCached = count * codeBytes < cachedCodeBytes
  return isCached ? 28 + codeBytes * 0.05 : 40 + codeBytes * 0.1
}

/**
 * Nodes that a walk compares: they grow with the beam and a little with M. A filtered walk compares as many as one whose beam holds
 * refused ones too.
 */
function scoredCount(ef: number, { count, acceptCount, m }: CostFacts): number {
  const beam = ef / (acceptCount / count)
  // A small graph is seen to its ends before the beam is full of what is near.
  return Math.min(
    acceptCount < count ? count : 0.6 * count,
    (150 + 24 * beam ** 0.83) * Math.sqrt(m / 16)
  )
}

function walkCost(ef: number, facts: CostFacts): number {
  const beam = ef / (facts.acceptCount / facts.count)
  return 3_000 + scoredCount(ef, facts) * nodeCost(facts) + beam * beam * 0.05
}

type CostFacts = Pick<PlanFacts, 'count' | 'acceptCount' | 'm' | 'rowBytes' | 'codeBytes'>

/** Whether an index of `count` vectors is worth a graph: a walk for a default search is much cheaper than a scan. */
export function wantsGraph(spec: VectorSpec, count: number): boolean {
  if (spec.index !== 'hnsw' || count < graphCountMin || !codesFitPages(spec)) return false
  const rowBytes = vectorByteLength(spec)
  const codeBytes = spec.element === 'float32' && spec.codes === 'auto' ? spec.dims : rowBytes
  const facts = { count, acceptCount: count, m: spec.m, rowBytes, codeBytes }
  const walk = walkCost(candidatesDefaultMin, facts) + rescoreCost(rescoreMin, facts)
  return scanCost(facts) >= graphGainMin * walk
}
