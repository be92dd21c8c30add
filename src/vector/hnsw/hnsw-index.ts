/** An open graph: plans a search, walks in the kernel, compares the candidates with the rows. */
import { checkK, exactSearch } from '../flat/flat-index.ts'
import { KernelContext } from '../kernels/context.ts'
import { unlimited } from '../kernels/walk-kernel.ts'
import type { WalkKernel } from '../kernels/walk-kernel.ts'
import type { NearestSoFar } from '../nearest-so-far.ts'
import type { RowTable } from '../row-table.ts'
import { RowsIndex } from '../rows-index.ts'
import { ScanWanted } from '../scan-wanted.ts'
import { assertShape, smallIsNear } from '../spaces.ts'
import type {
  Graph,
  PageSource,
  SearchEstimate,
  VectorBytes,
  VectorIndexMeta,
  VectorSearchRequest,
  VectorSearchResult
} from '../types.ts'
import { codeDistance, codeOrder, codeUnit } from './code-layout.ts'
import type { CodeLayout, CodeOrder } from './code-layout.ts'
import { writeQueryCode } from './code-writer.ts'
import { graphParameters } from './graph-parameters.ts'
import type { GraphParameters } from './graph-parameters.ts'
import type { HnswPages } from './hnsw-pages.ts'
import { narrowed, planCost, planScan, planSearch } from './planner.ts'
import type { Plan, PlanFacts } from './planner.ts'
import { searchAccepted, searchSpread } from './spread.ts'
import { graphFaults } from './validate-graph.ts'
import { checkedNearest } from './walk-check.ts'

/** A query this much farther from its tenth nearest than nine in ten nodes of the check is none of theirs. */
const farMargin = 1.25
/** Beam for such a query, against the one planned: edges lead from node to node, not to places where none is. */
const farBeamFactor = 3
/**
 * Share of a beam that is expanded even where other indexes have nearer candidates enough: what leads to a hit may be farther
 * than it. Measured at a beam of 100, 50,000 x 128 in 8 parts at random: a quarter less distances, recall .9993 instead of .9997;
 * in parts by cluster 28 % less and .9987 instead of .9993. Half of a beam of 64 is too little: .992 instead of .998.
 */
const sharedFloor = 0.5
const sharedFloorMin = 50
/**
 * Beams of other indexes whose nodes are candidates enough. With one alone later walks are much narrower than the first, which
 * has no limit: at equal cost equal beams find more.
 */
const sharedBeams = 2
/** A scan that takes longer is left to who wants none: about what another walk costs. */
const scanNsMax = 500_000

export class HnswIndex extends RowsIndex {
  readonly size: number
  readonly format: { readonly name: string; readonly version: number; readonly codes: string }
  readonly #meta: VectorIndexMeta
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #parameters: GraphParameters
  readonly #layout: CodeLayout
  readonly #kernel: WalkKernel
  readonly #pages: HnswPages
  readonly #rows: RowTable
  /** What one unit of a code distance is in values; 0 where that is not known. */
  readonly #unit: number
  readonly #order: CodeOrder | null

  constructor(meta: VectorIndexMeta, source: PageSource, layout: CodeLayout, pages: HnswPages) {
    super(meta.spec, pages.rows, null, () => pages.close())
    this.size = meta.count
    this.format = { name: meta.format, version: meta.version, codes: layout.kind }
    this.#meta = meta
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#parameters = graphParameters(meta)
    this.#layout = layout
    this.#kernel = this.#context.walk(layout.kind)
    this.#pages = pages
    this.#rows = pages.rows
    this.#unit = codeUnit(layout, pages.range, meta.spec.space)
    this.#order = codeOrder(layout, this.#unit, meta.spec.space)
  }

  search(request: VectorSearchRequest): VectorSearchResult {
    this.assertOpen()
    checkK(request.k)
    assertShape(request.query, this.spec)
    const { accept } = request
    const acceptCount = accept === null ? this.size : (request.acceptCount ?? accept.count())
    const facts = this.#facts(acceptCount)
    const plan = planSearch(request, facts, this.#pages.lasting)
    if (plan.strategy === 'exact') {
      return exactSearch(this.#source, this.#rows, this.size, request)
    }
    return this.#searchCodes(request, plan, facts) ?? this.#scan(request, facts)
  }

  /**
   * Instead of a walk that found too little.
   *
   * Errors   ScanWanted: it would take long.
   */
  #scan(request: VectorSearchRequest, facts: PlanFacts): VectorSearchResult {
    const { tables, lasting } = this.#pages
    const scan = planScan(request, facts, lasting)
    if (request.scans === false && planCost(scan, facts, tables) > scanNsMax) throw new ScanWanted()
    const found = scan.strategy === 'exact' ? null : this.#searchCodes(request, scan, facts)
    return found ?? exactSearch(this.#source, this.#rows, this.size, request)
  }

  estimate(request: VectorSearchRequest): SearchEstimate {
    const { accept } = request
    const acceptCount = accept === null ? this.size : (request.acceptCount ?? accept.count())
    const facts = this.#facts(acceptCount)
    const { tables, lasting } = this.#pages
    const plan = planSearch(request, facts, lasting)
    return {
      ms: planCost(plan, facts, tables) / 1e6,
      isScan: plan.strategy === 'exact'
    }
  }

  #facts(acceptCount: number): PlanFacts {
    return {
      count: this.size,
      acceptCount,
      m: this.spec.m,
      // A byte of a packed row takes as long as two of floats: it is widened before it is compared.
      rowBytes: (this.#rows.packing === 'none' ? 1 : 2) * this.#rows.geometry.stride,
      codeBytes: this.#layout.geometry.stride,
      lossy: this.#layout.lossy,
      beamFactor: this.#parameters.beamFactor,
      hasSpread: this.#parameters.spread > 0
    }
  }

  /**
   * By a walk or a scan of codes.
   *
   * Result   null when the codes cannot tell where the query is, a scan is the cheaper way to find it, or too few were found.
   */
  #searchCodes(
    request: VectorSearchRequest,
    plan: Plan,
    facts: PlanFacts
  ): VectorSearchResult | null {
    const { query, accept, k, nearest } = request
    const pagesBefore = this.#source.pagesRead
    const context = this.#context
    const { scratch } = context
    const kernel = this.#kernel
    context.reserveVisited(this.size)
    this.#rows.bindQuery(query)
    kernel.bind(this.#pages.block, scratch.block)
    if (!writeQueryCode(context, this.spec, this.#layout, this.#pages.range, query, kernel))
      return null
    const isFiltered = facts.acceptCount < this.size && accept !== null
    const acceptAddress = isFiltered ? context.writeAccept(accept, this.size) : 0
    const found =
      plan.strategy === 'code-scan'
        ? { count: kernel.scanCodes(plan.rescoreCount, acceptAddress), visited: kernel.scored() }
        : this.#walk(request, plan, facts, acceptAddress)
    if (found === null) return null
    // A walk can miss parts of a graph; what exists is returned all the same.
    if (found.count < Math.min(k, facts.acceptCount)) return null
    const rescoreCount = Math.min(found.count, plan.rescoreCount)
    // A number that was asked for is obeyed; the planner's own is what is looked at most.
    const unit = request.rescore > 0 ? 0 : this.#unit
    const keys = plan.strategy === 'graph' ? scratch.pool : scratch.results
    const hitLimit = nearest?.hitLimit ?? Number.POSITIVE_INFINITY
    const { ords, values, comparedCount } = this.#rows.rescore(
      keys,
      rescoreCount,
      k,
      unit,
      hitLimit
    )
    if (nearest !== undefined) {
      nearest.addHits(values, smallIsNear(this.spec.space))
      // As many as were asked for: a beam of walks that look at more (spread.ts) would count for two.
      const wanted = plan.strategy === 'code-scan' ? plan.rescoreCount : Math.max(k, plan.ef)
      this.#addCandidates(nearest, keys, Math.min(found.count, wanted), wanted)
    }
    return {
      ords,
      values,
      strategy: plan.strategy,
      visitedCount: found.visited,
      rescoredCount: comparedCount,
      pagesRead: this.#source.pagesRead - pagesBefore
    }
  }

  /** Result: null when a scan is the cheaper way. */
  #walk(
    request: VectorSearchRequest,
    plan: Plan,
    facts: PlanFacts,
    accept: number
  ): { readonly count: number; readonly visited: number } | null {
    const { k } = request
    const kernel = this.#kernel
    const { spread } = this.#parameters
    const limit = this.#limit(request.nearest, Math.max(k, plan.ef))
    const share = facts.acceptCount / this.size
    const least = Math.max(narrowed(sharedFloorMin, k, share), sharedFloor * plan.ef)
    const limits = { limit, floor: Math.max(k, Math.ceil(least)) }
    if (accept !== 0) {
      const filter = { accept, scoredMax: plan.scoredMax }
      const count = searchAccepted(kernel, spread, plan.ef, k, limits, filter)
      return { count, visited: kernel.scored() }
    }
    const count = searchSpread(kernel, spread, plan.ef, k, limits)
    const visited = kernel.scored()
    if (!this.#isFar(count, limit)) return { count, visited }
    const wider = planSearch({ ...request, candidates: farBeamFactor * plan.ef }, facts)
    if (wider.strategy !== 'graph') return null
    const more = searchSpread(kernel, spread, wider.ef, k, limits)
    return { count: more, visited: visited + kernel.scored() }
  }

  /** Distance beyond which other indexes have all candidates that are wanted. */
  #limit(nearest: NearestSoFar | undefined, ef: number): number {
    const limit = nearest?.candidateLimit(sharedBeams * ef) ?? Number.POSITIVE_INFINITY
    if (limit === Number.POSITIVE_INFINITY || this.#order === null) return unlimited
    return this.#order.toDistance(limit)
  }

  /** Tells the walks through other indexes what this one found. */
  #addCandidates(nearest: NearestSoFar, keys: number, found: number, ef: number): void {
    const order = this.#order
    if (order === null) return
    const { words } = this.#context
    const first = (keys >>> 2) + 1
    const distanceAt = (at: number): number => order.toOrder(words[first + 2 * at]!)
    nearest.addCandidates(found, distanceAt, sharedBeams * ef)
  }

  /**
   * Whether the walk's tenth hit is much farther away than nodes are from each other (walk-check.ts), and nearer than what other
   * indexes have.
   */
  #isFar(found: number, limit: number): boolean {
    const { farDistance } = this.#parameters
    // 0: nearly all nodes have equals, which tells nothing of the others.
    if (farDistance <= 0 || found < checkedNearest) return false
    const { words, scratch } = this.#context
    const distance = words[(scratch.pool >>> 2) + 2 * checkedNearest - 1]!
    return distance <= limit && codeDistance(this.#layout, distance) > farMargin * farDistance
  }

  sizeInBytes(): VectorBytes {
    return this.#pages.sizeInBytes
  }

  graph(): Graph {
    this.assertOpen()
    const { entry, topLevel, records } = this.#parameters
    const { range } = this.#pages
    return {
      m: this.spec.m,
      codes: this.#layout.kind,
      range,
      count: this.size,
      entry,
      topLevel,
      recordCount: records,
      codePages: this.#pages.codes,
      lists: this.#pages.lists,
      page: (kind, page) => this.#pages.page(kind, page)
    }
  }

  validate(): string[] {
    this.assertOpen()
    return graphFaults(this.#meta, this.#pages)
  }
}
