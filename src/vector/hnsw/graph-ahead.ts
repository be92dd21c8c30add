/**
 * Links vectors while more of them arrive, so that the build that will write their graph begins with what is linked already.
 *
 * It works in rounds. Each codes the rows that have come since on the caller's thread, in slices, in an arena of its own that
 * begins with the graph of the round before, and links them on one other thread as build.ts does: upper nodes, then
 * neighbourhood by neighbourhood. Stopped in the middle of a round, what is linked is the first nodes of it, and a graph.
 *
 * Memory   An arena of the rows' codes and lists, and during a round that of the round before.
 */
import type { Worker } from 'node:worker_threads'
import { assert } from '../../util/index.ts'
import { absentRow, pagesFor } from '../geometry.ts'
import { wordGeometry } from '../row-table.ts'
import { yieldEvery } from '../slices.ts'
import type { Graph, LinkedAhead, VectorRows, VectorSpec } from '../types.ts'
import { collectArenas } from './arena.ts'
import { codeRows } from './build-codes.ts'
import { linkNodes } from './build-crew.ts'
import { BuildWorkers, spareBuildWorker, startBuildWorkers } from './build-workers.ts'
import type { GraphMemory } from './graph-memory.ts'

type Linked = { readonly memory: GraphMemory; readonly count: number }

export class GraphAhead {
  readonly #spec: VectorSpec
  readonly #seed: number
  readonly #onFailure: (error: unknown) => void
  readonly #coding = new AbortController()
  #linked: Linked | null = null
  /** One, from the first round on: to start one takes a tenth of a second. */
  #workers: readonly Worker[] = []
  /** Memory of the round under way, once its rows are coded. */
  #linking: GraphMemory | null = null
  /** The round under way; never rejects. */
  #round: Promise<void> | null = null

  /** @param onFailure  Nothing is lost by it: a build without this links all rows itself. */
  constructor(spec: VectorSpec, seed: number, onFailure: (error: unknown) => void) {
    this.#spec = spec
    this.#seed = seed
    this.#onFailure = onFailure
  }

  /** Nothing is to be added any more; what is linked can be taken. */
  hasFailed = false

  get isBusy(): boolean {
    return this.#round !== null
  }

  /**
   * Begins a round. There is none under way.
   *
   * @param rows  Those of the rounds before, and more.
   * @returns     Resolves when the rows are not read any more; never rejects.
   */
  add(rows: VectorRows): Promise<void> {
    assert(this.#round === null && !this.hasFailed, 'one round after the other')
    return new Promise((coded) => {
      this.#round = this.#link(rows, coded)
        .catch((error: unknown) => {
          if (!this.#coding.signal.aborted) this.#fail(error)
        })
        .finally(() => {
          this.#linking = null
          this.#round = null
          coded()
        })
    })
  }

  #fail(error: unknown): void {
    this.hasFailed = true
    this.#onFailure(error)
  }

  async #link(rows: VectorRows, coded: () => void): Promise<void> {
    const slices = yieldEvery(this.#coding.signal)
    const options = { seed: this.#seed, threads: 1, ...startWith(this.#linked) }
    const { memory } = await codeRows(rows, this.#spec, options, slices, { trustsStart: true })
    coded()
    this.#coding.signal.throwIfAborted()
    this.#linking = memory
    if (this.#workers.length === 0) this.#workers = startBuildWorkers(1)
    // What is done ahead is no reason for a process to go on.
    for (const worker of this.#workers) worker.unref()
    const crew = new BuildWorkers(memory, this.#workers, undefined, () => {})
    try {
      const count = await linkNodes(memory, this.#seed, crew, yieldEvery(undefined))
      this.#linked = { memory, count }
      crew.release()
    } catch (error) {
      await crew.close()
      this.#workers = []
      throw error
    } finally {
      collectArenas()
    }
  }

  /**
   * Ends the round under way after the node it is at, and gives what is linked, for a build that begins now. Nothing is added
   * any more.
   */
  async take(): Promise<LinkedAhead | null> {
    await this.#end()
    for (const worker of this.#workers) spareBuildWorker(worker)
    const linked = this.#linked
    this.#linked = null
    if (linked === null || linked.memory.topLevel < 0) return null
    return { graph: graphOf(linked), rowOfNode: linked.memory.nodes.rows.subarray(0, linked.count) }
  }

  /** Instead of taking it. */
  async close(): Promise<void> {
    await this.#end()
    this.#linked = null
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  async #end(): Promise<void> {
    this.#coding.abort(new Error('nothing is linked any more'))
    this.#linking?.stop()
    for (const worker of this.#workers) worker.ref()
    await this.#round
  }
}

function startWith(
  linked: Linked | null
): { readonly start: { readonly graph: Graph; readonly rowOfOrd: Uint32Array } } | undefined {
  if (linked === null) return undefined
  const { rows } = linked.memory.nodes
  assert(!rows.includes(absentRow), 'no row was deleted')
  return { start: { graph: graphOf(linked), rowOfOrd: rows.subarray(0, linked.count) } }
}

/** The first nodes of an arena as a graph to begin with. */
function graphOf({ memory, count }: Linked): Graph {
  const mapPages = pagesFor(wordGeometry, count)
  let recordCount = 0
  for (let node = 0; node < count; node++) recordCount += memory.nodes.levels[node]!
  return {
    m: memory.spec.m,
    codes: memory.layout.kind,
    range: memory.range,
    count,
    entry: memory.entry,
    topLevel: memory.topLevel,
    recordCount,
    codePages: memory.layout.geometry,
    lists: memory.listsPlace.geometry,
    page: (kind, page) =>
      // The map of all nodes may have more pages than that of the first ones.
      kind === 'upper' && page >= mapPages
        ? memory.page('upper', page - mapPages + memory.mapPages)
        : memory.page(kind, page)
  }
}
