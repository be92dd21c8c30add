/**
 * Builds a graph and writes it. It begins with a graph that is there already, the largest of a merge, or with none.
 *
 * 1. Say who is which node (build-nodes.ts); load the graph to begin with (build-start.ts).
 * 2. Code the new rows: in the range of that graph, else in that of a sample of rows; where the sample check says that 7 bits
 *    lose neighbours, in floats.
 * 3. Deleted nodes leave the lists of the others.
 * 4. Link the new nodes that reach above level 0, then, neighbourhood by neighbourhood, all others (build-order.ts): on this
 *    thread in slices, or in workers.
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
import { linkNodes, OwnThread } from './build-crew.ts'
import type { Crew } from './build-crew.ts'
import { BuildWorkers, startBuildWorkers } from './build-workers.ts'
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
  const { memory, sampleRecall } = await codeRows(rows, spec, options, slices)
  const { order, walk } = await linkAll(memory, options, slices)
  const facts = { seed: options.seed, sampleRecall, ...walk }
  return writeGraph(memory, order, rows, sink, slices, facts)
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

async function linkAll(
  memory: GraphMemory,
  options: BuildOptions,
  slices: Slices
): Promise<LinkedGraph> {
  const { threads } = options
  const { count, startCount, rowCount } = memory.nodes
  let doneCount = rowCount - (count - startCount)
  const onInserted = (inserted: number): void => {
    doneCount += inserted
    options.onProgress?.(doneCount, rowCount)
  }
  options.signal?.throwIfAborted()
  const crew =
    threads === 0
      ? new OwnThread(memory, slices, onInserted)
      : new BuildWorkers(memory, startBuildWorkers(threads), options.signal, onInserted)
  // Where others do the work this thread is free.
  const meanwhile = threads === 0 ? undefined : options.meanwhile?.()
  meanwhile?.catch(() => crew.stop())
  try {
    const [linked, done] = await Promise.allSettled([
      link(memory, options.seed, crew, slices),
      meanwhile
    ])
    for (const outcome of [done, linked]) if (outcome.status === 'rejected') throw outcome.reason
    assert(linked.status === 'fulfilled', 'what was not rejected is fulfilled')
    return linked.value
  } finally {
    await crew.close()
  }
}

async function link(
  memory: GraphMemory,
  seed: number,
  crew: Crew,
  slices: Slices
): Promise<LinkedGraph> {
  await linkNodes(memory, seed, crew, slices)
  // By inner product a short vector is nobody's neighbour, and rightly so.
  if (isMetric(memory.spec)) await crew.connect()
  const [order, walk] = await Promise.all([crew.order(), checkWalk(memory, slices)])
  return { order, walk }
}
