/**
 * Do 7-bit codes keep the neighbours? Decided for each index when it is built.
 *
 * 1. A few rows serve as queries. While all rows are coded, each is compared with them in float32: their true nearest.
 * 2. Then all codes are compared with the queries' codes: the candidates a walk could find at best.
 * 3. Recall is the share of the true nearest among as many candidates as a search compares again with the rows.
 */
import { distanceKernels } from '../../simd/index.ts'
import type { VectorRows } from '../types.ts'
import { align } from '../geometry.ts'
import type { Slices } from '../slices.ts'
import { stage } from './code-writer.ts'
import { checkQueryCount } from './graph-memory.ts'
import type { GraphMemory } from './graph-memory.ts'

const nearestCount = 10
/** As many as planner.ts has rescored for ten hits. */
const candidateCount = 30
const chunkNodes = 8_192

type Candidate = { readonly distance: number; readonly node: number }

export class SampleCheck {
  readonly #memory: GraphMemory
  readonly #rows: VectorRows
  readonly #queryRows: number[]
  readonly #queries: number
  readonly #stride: number
  readonly #out: number
  readonly #compare: (row: number) => void
  readonly #sign: number
  /** Ascending distances of the nearest so far, `nearestCount` to a query. */
  readonly #nearest: Float32Array

  constructor(memory: GraphMemory, rows: VectorRows) {
    const { spec, context, arena } = memory
    this.#memory = memory
    this.#rows = rows
    const count = Math.min(checkQueryCount, rows.count)
    this.#queryRows = Array.from({ length: count }, (_, i) =>
      Math.floor(((i + 0.5) * rows.count) / count)
    )
    this.#stride = align(spec.dims * 4, 64)
    this.#queries = arena.allocate(count * this.#stride + 64)
    this.#out = arena.allocate(chunkNodes * 4)
    this.#nearest = new Float32Array(count * nearestCount).fill(Number.POSITIVE_INFINITY)
    const kernels = distanceKernels(arena.memory)
    const isMip = spec.space === 'mip'
    this.#sign = isMip ? -1 : 1
    const many = isMip ? kernels.dotF32Rows : kernels.l2F32Rows
    this.#compare = (row) => many(row, this.#queries, this.#stride, count, spec.dims, this.#out)
    this.#queryRows.forEach((row, i) => {
      stage(context, spec, memory.layout, rows.row(row), context.scratch.query)
      const from = context.scratch.query
      context.bytes.copyWithin(this.#queries + i * this.#stride, from, from + spec.dims * 4)
    })
  }

  /** Compares the row that is staged in the scratch with all queries. */
  addStaged(): void {
    const { floats, scratch } = this.#memory.context
    this.#compare(scratch.query)
    const out = this.#out >>> 2
    for (let i = 0; i < this.#queryRows.length; i++) {
      const value = this.#sign * floats[out + i]!
      const last = i * nearestCount + nearestCount - 1
      if (value >= this.#nearest[last]!) continue
      let at = last
      while (at > i * nearestCount && this.#nearest[at - 1]! > value) {
        this.#nearest[at] = this.#nearest[at - 1]!
        at -= 1
      }
      this.#nearest[at] = value
    }
  }

  /** Recall of codes with rescoring, 0 .. 1, after all rows were added and coded. */
  async recall(slices: Slices): Promise<number> {
    const wanted = Math.min(nearestCount, this.#rows.count)
    let found = 0
    for (let i = 0; i < this.#queryRows.length; i++) {
      const limit = this.#nearest[i * nearestCount + wanted - 1]!
      const candidates = await this.#candidates(i, slices)
      let near = 0
      for (const node of candidates)
        if (this.#exact(i, this.#memory.nodes.rows[node]!) <= limit) near += 1
      found += Math.min(near, wanted)
    }
    return found / (wanted * this.#queryRows.length)
  }

  #exact(query: number, row: number): number {
    const { context, spec, layout } = this.#memory
    stage(context, spec, layout, this.#rows.row(row), context.scratch.query)
    this.#compare(context.scratch.query)
    return this.#sign * context.floats[(this.#out >>> 2) + query]!
  }

  /** Nodes whose codes are nearest to the query's code; ties go to the lower node. */
  async #candidates(query: number, slices: Slices): Promise<number[]> {
    const { context, kernel, count } = this.#memory
    const { bytes, scratch } = context
    const from = this.#queries + query * this.#stride
    // The padding behind the staged floats is zero since the last row.
    bytes.copyWithin(scratch.query, from, from + this.#memory.spec.dims * 4)
    kernel.encodeQuery(scratch.query)
    const best: Candidate[] = []
    for (let start = 0; start < count; start += chunkNodes) {
      const end = Math.min(count, start + chunkNodes)
      kernel.distancesInRange(start, end, this.#out)
      this.#keepBest(best, start, end)
      if (slices.due()) await slices.wait()
    }
    return best.map(({ node }) => node)
  }

  /** Of the nodes from .. end - 1, whose distances were asked for. Apart for the reason of keepNearest in walk-check.ts. */
  #keepBest(best: Candidate[], from: number, end: number): void {
    const { words } = this.#memory.context
    const out = this.#out >>> 2
    let limit = best[candidateCount - 1]?.distance ?? Number.POSITIVE_INFINITY
    for (let node = from; node < end; node++) {
      const distance = words[out + node - from]!
      if (distance >= limit || this.#memory.isGone(node)) continue
      let at = best.length
      while (at > 0 && best[at - 1]!.distance > distance) at -= 1
      best.splice(at, 0, { distance, node })
      if (best.length > candidateCount) best.pop()
      if (best.length === candidateCount) limit = best[candidateCount - 1]!.distance
    }
  }
}
