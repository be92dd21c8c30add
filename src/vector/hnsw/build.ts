/**
 * Builds a graph and writes it. It begins with a graph that is there already, the largest of a merge, or with none.
 *
 * 1. Say who is which node (build-nodes.ts); load the graph to begin with (build-start.ts).
 * 2. Code the new rows: in the range of that graph, else in that of a sample of rows; where the sample check says that 7 bits
 *    lose neighbours, in floats.
 * 3. Deleted nodes leave the lists of the others.
 * 4. Link the new nodes that reach above level 0, which workers do while the others are coded, then, neighbourhood by
 *    neighbourhood, all others (build-order.ts): on this thread in slices, or in workers.
 * 5. Link what no walk can reach (connect.ts); number the nodes by locality, while this thread asks whether walks find what is
 *    there (walk-check.ts).
 * 6. Write pages in that order. Layout: hnsw-format.ts.
 */
import { assert, VectorStoreError } from '../../util/index.ts'
import { ordMax } from '../geometry.ts'
import { beamMax } from '../kernels/scratch.ts'
import { yieldEvery } from '../slices.ts'
import type { Slices } from '../slices.ts'
import { isMetric, spaceMetric } from '../spaces.ts'
import type { BuildOptions, BuiltIndex, PageSink, VectorRows, VectorSpec } from '../types.ts'
import { collectArenas } from './arena.ts'
import { codeRows } from './build-codes.ts'
import type { Coded, UpperLinker } from './build-codes.ts'
import { linkLower, linkUpper, OwnThread } from './build-crew.ts'
import type { Crew } from './build-crew.ts'
import { BuildWorkers, spareBuildWorker, startBuildWorkers } from './build-workers.ts'
import { mMax, mMin } from './graph-layout.ts'
import type { GraphMemory } from './graph-memory.ts'
import { writeGraph } from './graph-writer.ts'
import { checkWalk } from './walk-check.ts'
import type { WalkFacts } from './walk-check.ts'

export async function buildGraph(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  checkSpec(rows, spec)
  try {
    return await buildInArena(rows, spec, sink, options)
  } finally {
    collectArenas()
  }
}

async function buildInArena(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  const slices = yieldEvery(options.signal)
  const linking = new Linking(options, slices)
  // They start while the first nodes are coded.
  startBuildWorkers(options.threads).forEach(spareBuildWorker)
  let coded: Coded
  let linked: LinkedGraph
  try {
    coded = await codeRows(rows, spec, options, slices, { linker: linking })
    linked = await linking.finish(coded.memory)
  } finally {
    await linking.drop()
  }
  const facts = { seed: options.seed, sampleRecall: coded.sampleRecall, ...linked.walk }
  return writeGraph(coded.memory, linked.order, rows, sink, slices, facts)
}

function checkSpec(rows: VectorRows, spec: VectorSpec): void {
  spaceMetric(spec)
  assert(rows.count < ordMax, 'rows < 2^31')
  const { m, efConstruction } = spec
  if (!Number.isInteger(m) || m < mMin || m > mMax) {
    throw new VectorStoreError('REQUEST_ARGUMENT', `m is ${m}, wanted ${mMin} to ${mMax}`)
  }
  if (!Number.isInteger(efConstruction) || efConstruction < 1 || efConstruction > beamMax) {
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `ef_construction is ${efConstruction}, wanted 1 to ${beamMax}`
    )
  }
}

type LinkedGraph = {
  /** All nodes by locality, deleted ones among them. */
  readonly order: Uint32Array
  readonly walk: WalkFacts
}

/** Workers link the upper nodes while this thread codes the others; a crew of this thread alone does one after the other. */
class Linking implements UpperLinker {
  readonly #options: BuildOptions
  readonly #slices: Slices
  #crew: Crew | null = null
  /** What linkUpper gives. */
  #upper: Promise<number> | null = null

  constructor(options: BuildOptions, slices: Slices) {
    this.#options = options
    this.#slices = slices
  }

  begin(memory: GraphMemory): void {
    const { threads, signal, onProgress } = this.#options
    const { count, startCount, rowCount } = memory.nodes
    let doneCount = rowCount - (count - startCount)
    const onInserted = (inserted: number): void => {
      doneCount += inserted
      onProgress?.(doneCount, rowCount)
    }
    signal?.throwIfAborted()
    if (threads === 0) {
      this.#crew = new OwnThread(memory, this.#slices, onInserted)
      return
    }
    this.#crew = new BuildWorkers(memory, startBuildWorkers(threads), signal, onInserted)
    this.#upper = linkUpper(memory, this.#crew)
    // Whoever finishes hears of it.
    this.#upper.catch(() => undefined)
  }

  /** Ends whoever is at work; nothing where all is done. */
  async drop(): Promise<void> {
    const crew = this.#crew
    if (crew === null) return
    this.#crew = null
    crew.stop()
    // Who is asked something is not ended before the answer: it would never come.
    await this.#upper?.catch(() => undefined)
    this.#upper = null
    await crew.close()
  }

  async finish(memory: GraphMemory): Promise<LinkedGraph> {
    const crew = this.#crew
    assert(crew !== null, 'rows are coded')
    let meanwhile: Promise<void> | undefined
    // Where others do the work this thread is free: not before, as they would wait for its order of the nodes.
    const onLast = (): void => {
      if (this.#options.threads > 0) meanwhile = this.#options.meanwhile?.()
      meanwhile?.catch(() => crew.stop())
    }
    const [linked] = await Promise.allSettled([this.#link(memory, crew, onLast)])
    const [done] = await Promise.allSettled([meanwhile])
    for (const outcome of [done, linked]) if (outcome.status === 'rejected') throw outcome.reason
    assert(linked.status === 'fulfilled', 'what was not rejected is fulfilled')
    return linked.value
  }

  async #link(memory: GraphMemory, crew: Crew, onLast: () => void): Promise<LinkedGraph> {
    const upper = await (this.#upper ?? linkUpper(memory, crew))
    await linkLower(memory, this.#options.seed, crew, this.#slices, upper, onLast)
    // By inner product a short vector is nobody's neighbour, and rightly so.
    if (isMetric(memory.spec)) await crew.connect()
    const [order, walk] = await Promise.all([crew.order(), checkWalk(memory, this.#slices)])
    return { order, walk }
  }
}
