/** Who does the steps of a build: this thread, in slices, or workers (build-workers.ts). */
import type { WalkKernel } from '../kernels/walk-kernel.ts'
import type { Slices } from '../slices.ts'
import { connectUnreachable } from './connect.ts'
import type { ArenaLists } from './arena-lists.ts'
import { orderByStarts } from './build-order.ts'
import type { GraphMemory } from './graph-memory.ts'
import { edgesOf, localityOrder } from './renumber.ts'

/**
 * What is done to a range of nodes; walk-build.ts.
 * mend: deleted nodes leave their lists. insert: linked on all their levels. findStarts: the nearest upper node.
 * insertFrom: linked on level 0, beginning there.
 */
export type Step = 'mend' | 'insert' | 'findStarts' | 'insertFrom'

export type StepFacts = { readonly starts: number; readonly efConstruction: number }

/** Result: nodes done, fewer when the build stops. */
export function doStep(
  kernel: WalkKernel,
  step: Step,
  from: number,
  to: number,
  { starts, efConstruction }: StepFacts
): number {
  if (step === 'mend') return kernel.mendRange(from, to)
  if (step === 'findStarts') return kernel.findStarts(from, to, starts)
  return kernel.insertRange(from, to, efConstruction, step === 'insert' ? 0 : starts)
}

export type Crew = {
  /**
   * Result   Nodes done, fewer when it is stopped; of a crew of one thread those are the first.
   * Errors   The signal's reason when it is aborted; the error of a worker that fails.
   */
  run(step: Step, from: number, to: number): Promise<number>
  /** Links what no walk can reach. */
  connect(): Promise<void>
  /** Numbers the nodes by locality; deleted ones among them. Lists are read only: others may read them meanwhile. */
  order(): Promise<Uint32Array>
  /** Tells it to stop after the nodes it is at. */
  stop(): void
  close(): Promise<void>
}

/**
 * Links the nodes that are not linked yet.
 *
 * Result   How many of all are linked now: fewer than all when the crew was stopped. Of a crew of one thread they are the first.
 */
export async function linkNodes(
  memory: GraphMemory,
  seed: number,
  crew: Crew,
  slices: Slices
): Promise<number> {
  return linkLower(memory, seed, crew, slices, await linkUpper(memory, crew))
}

/** Links those above level 0. Codes of others are not looked at. Result: as of linkNodes. */
export async function linkUpper(memory: GraphMemory, crew: Crew): Promise<number> {
  const { startCount, upperEnd, hasGone } = memory.nodes
  if (hasGone) await crew.run('mend', 0, startCount)
  return startCount + (await crew.run('insert', startCount, upperEnd))
}

/**
 * Links all others, where linkUpper linked `upper`.
 *
 * @param onLast  Called when the last and longest step begins, unless it was stopped before: this thread is free from here on.
 */
export async function linkLower(
  memory: GraphMemory,
  seed: number,
  crew: Crew,
  slices: Slices,
  upper: number,
  onLast: () => void = () => undefined
): Promise<number> {
  const { count, upperEnd } = memory.nodes
  if (upper < upperEnd) return upper
  if (memory.topLevel <= 0) {
    onLast()
    return upperEnd + (await crew.run('insert', upperEnd, count))
  }
  const found = await crew.run('findStarts', upperEnd, count)
  if (found < count - upperEnd) return upperEnd
  await orderByStarts(memory, seed, slices)
  onLast()
  return upperEnd + (await crew.run('insertFrom', upperEnd, count))
}

/** The order of the nodes by locality. */
export async function orderOf(lists: ArenaLists, slices: Slices): Promise<Uint32Array> {
  return localityOrder(await edgesOf(lists, slices), slices)
}

/** Nodes between two looks at the clock: an insertion takes a tenth of a millisecond, up to some with a wide beam. */
const stepNodes: Readonly<Record<Step, number>> = {
  mend: 8,
  insert: 1,
  findStarts: 8,
  insertFrom: 1
}

export class OwnThread implements Crew {
  readonly #memory: GraphMemory
  readonly #slices: Slices
  readonly #onInserted: (count: number) => void

  /** @param onInserted  So many more nodes are linked. */
  constructor(memory: GraphMemory, slices: Slices, onInserted: (count: number) => void) {
    this.#memory = memory
    this.#slices = slices
    this.#onInserted = onInserted
  }

  async run(step: Step, from: number, to: number): Promise<number> {
    const { kernel, stepFacts } = this.#memory
    const counts = step === 'insert' || step === 'insertFrom'
    let told = from
    let done = 0
    for (let node = from; node < to; node += stepNodes[step]) {
      done += doStep(kernel, step, node, Math.min(to, node + stepNodes[step]), stepFacts)
      if (!this.#slices.due()) continue
      if (counts) this.#onInserted(node - told)
      told = node
      await this.#slices.wait()
    }
    if (counts) this.#onInserted(to - told)
    return done
  }

  connect(): Promise<void> {
    return connectUnreachable(this.#memory.lists, this.#slices)
  }

  order(): Promise<Uint32Array> {
    return orderOf(this.#memory.lists, this.#slices)
  }

  stop(): void {
    this.#memory.stop()
  }

  async close(): Promise<void> {}
}
