/** Does the steps of a build in worker threads that share its arena. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../simd/index.ts'
import { assert } from '../../util/index.ts'
import { bitBytes, layScratch, scratchBytes, setVisited } from '../kernels/scratch.ts'
import type { CodeKind } from '../kernels/walk-kernel.ts'
import type { ListsPlace } from './arena-lists.ts'
import type { Crew, Step, StepFacts } from './build-crew.ts'
import type { GraphMemory } from './graph-memory.ts'

/** The build that a worker helps with from now on. */
export type BuildTask = StepFacts & {
  readonly memory: WebAssembly.Memory
  readonly kind: CodeKind
  readonly indexBlock: number
  readonly scratchBlock: number
  readonly listsPlace: ListsPlace
  /** Address of the word that counts chunks taken. */
  readonly taken: number
}

/**
 * What a worker is asked. Chunks of a range are handed out in as many lanes as there are workers, each from one end of its part
 * of the range to the other: nodes that are linked at the same time do not see each other, so they should not be neighbours.
 */
export type BuildRequest =
  | { readonly step: 'begin'; readonly task: BuildTask }
  | { readonly step: Step; readonly from: number; readonly to: number; readonly lanes: number }
  | { readonly step: 'connect' | 'order' }
export type BuildAnswer = {
  readonly order: Uint32Array | null
  /** Nodes done of a range. */
  readonly doneCount: number
}

/** Nodes of a chunk. They are a neighbourhood: once its codes and lists are in a processor's cache, it should stay there. */
export const chunkNodes = 128

const progressMs = 100

/** Workers that wait for the next build, and when they end without one. To start one takes a tenth of a second of processor time. */
const spares = new Map<Worker, NodeJS.Timeout>()
const spareMs = 1_000

/** At most one a processor. */
export function startBuildWorkers(threads: number): Worker[] {
  const count = Math.min(threads, availableParallelism())
  const workers = [...spares.keys()].slice(0, count)
  for (const worker of workers) {
    clearTimeout(spares.get(worker))
    spares.delete(worker)
    worker.ref()
  }
  while (workers.length < count)
    workers.push(new Worker(workerUrl('build.worker', import.meta.url)))
  return workers
}

/** For the build that is about to begin. */
export function spareBuildWorker(worker: Worker): void {
  worker.unref()
  const end = (): void => {
    spares.delete(worker)
    void worker.terminate()
  }
  spares.set(worker, setTimeout(end, spareMs).unref())
}

export class BuildWorkers implements Crew {
  readonly #memory: GraphMemory
  readonly #onInserted: (count: number) => void
  readonly #workers: readonly Worker[]
  readonly #letGo: (() => void)[] = []
  /** Rejects when a worker fails or the build is aborted. */
  readonly #failed: Promise<never>
  #closing = false

  /** @param workers  Of startBuildWorkers; nobody else's until they are released or closed. */
  constructor(
    memory: GraphMemory,
    workers: readonly Worker[],
    signal: AbortSignal | undefined,
    onInserted: (count: number) => void
  ) {
    this.#memory = memory
    this.#onInserted = onInserted
    signal?.throwIfAborted()
    this.#workers = workers
    for (const worker of workers) this.#begin(worker)
    this.#failed = new Promise((_, fail) => {
      this.#onAbort(signal, fail)
      for (const worker of this.#workers) this.#onFailure(worker, fail)
    })
    // Whoever waits for an answer hears of it; between two steps nobody does.
    this.#failed.catch(() => undefined)
  }

  async run(step: Step, from: number, to: number): Promise<number> {
    const memory = this.#memory
    const lanes = this.#workers.length
    memory.takenChunks = 0
    const counts = step === 'insert' || step === 'insertFrom'
    let told = 0
    const tell = (done: number): void => {
      if (counts) this.#onInserted(done - told)
      told = done
    }
    const timer = setInterval(
      () => tell(Math.max(told, Math.min(to - from, (memory.takenChunks - lanes) * chunkNodes))),
      progressMs
    )
    try {
      const request: BuildRequest = { step, from, to, lanes }
      const answers = await Promise.race([
        this.#failed,
        Promise.all(this.#workers.map((worker) => this.#ask(worker, request)))
      ])
      tell(to - from)
      return answers.reduce((sum, { doneCount }) => sum + doneCount, 0)
    } finally {
      clearInterval(timer)
    }
  }

  async connect(): Promise<void> {
    await this.#askOne({ step: 'connect' })
  }

  async order(): Promise<Uint32Array> {
    const { order } = await this.#askOne({ step: 'order' })
    assert(order !== null, 'a worker that was asked for the order gives it')
    return order
  }

  #askOne(request: BuildRequest): Promise<BuildAnswer> {
    const [worker] = this.#workers
    assert(worker !== undefined, 'there is a worker')
    return Promise.race([this.#failed, this.#ask(worker, request)])
  }

  stop(): void {
    this.#memory.stop()
  }

  async close(): Promise<void> {
    this.#closing = true
    // Where one failed the others would build on, for nothing.
    this.stop()
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
    this.release()
  }

  /** Instead of closing it: nothing is asked of the workers any more, another crew may have them. */
  release(): void {
    for (const letGo of this.#letGo.splice(0)) letGo()
  }

  #begin(worker: Worker): void {
    const { arena, context, layout, block, stepFacts, listsPlace, count } = this.#memory
    const scratch = layScratch(context.buffer, arena.allocate(scratchBytes))
    setVisited(context.words, scratch, arena.allocate(bitBytes(count)))
    const task: BuildTask = {
      ...stepFacts,
      memory: arena.memory,
      kind: layout.kind,
      indexBlock: block,
      scratchBlock: scratch.block,
      listsPlace,
      taken: this.#memory.takenAddress
    }
    worker.postMessage({ step: 'begin', task } satisfies BuildRequest, [])
  }

  #ask(worker: Worker, request: BuildRequest): Promise<BuildAnswer> {
    return new Promise((done) => {
      worker.once('message', (answer: BuildAnswer) => done(answer))
      worker.postMessage(request, [])
    })
  }

  /** The signal is that of an index, which outlives many builds: what it kept would keep the memory of each. */
  #onAbort(signal: AbortSignal | undefined, fail: (error: Error) => void): void {
    if (signal === undefined) return
    const abort = (): void => fail(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    this.#letGo.push(() => signal.removeEventListener('abort', abort))
  }

  #onFailure(worker: Worker, fail: (error: Error) => void): void {
    const exit = (code: number): void => {
      if (!this.#closing) fail(new Error(`a build worker ended with code ${code}, wanted none`))
    }
    worker.once('error', fail).once('exit', exit)
    this.#letGo.push(() => void worker.off('error', fail).off('exit', exit))
  }
}
