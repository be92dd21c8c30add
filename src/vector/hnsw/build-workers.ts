/** Does the steps of a build in worker threads that share its arena. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../simd/index.ts'
import { assert } from '../../util/index.ts'
import { layScratch, scratchBytes, setVisited } from '../kernels/scratch.ts'
import type { CodeKind } from '../kernels/walk-kernel.ts'
import type { ListsPlace } from './arena-lists.ts'
import type { Crew, Step, StepFacts } from './build-crew.ts'
import type { GraphMemory } from './graph-memory.ts'

/** What a worker is started with. */
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
  | { readonly step: Step; readonly from: number; readonly to: number; readonly lanes: number }
  | { readonly step: 'order'; readonly connects: boolean }
export type BuildAnswer = { readonly order: Uint32Array | null }

/** Nodes of a chunk. They are a neighbourhood: once its codes and lists are in a processor's cache, it should stay there. */
export const chunkNodes = 128

const progressMs = 100

export class BuildWorkers implements Crew {
  readonly #memory: GraphMemory
  readonly #onInserted: (count: number) => void
  readonly #workers: Worker[]
  /** Rejects when a worker fails or the build is aborted. */
  readonly #failed: Promise<never>
  #closing = false

  constructor(
    memory: GraphMemory,
    threads: number,
    signal: AbortSignal | undefined,
    onInserted: (count: number) => void
  ) {
    this.#memory = memory
    this.#onInserted = onInserted
    signal?.throwIfAborted()
    const count = Math.min(threads, availableParallelism())
    this.#workers = Array.from({ length: count }, () => this.#start())
    this.#failed = new Promise((_, fail) => {
      signal?.addEventListener('abort', () => fail(signal.reason as Error), { once: true })
      for (const worker of this.#workers) this.#onFailure(worker, fail)
    })
    // Whoever waits for an answer hears of it; between two steps nobody does.
    this.#failed.catch(() => undefined)
  }

  async run(step: Step, from: number, to: number): Promise<void> {
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
      await Promise.race([
        this.#failed,
        Promise.all(this.#workers.map((worker) => this.#ask(worker, request)))
      ])
    } finally {
      clearInterval(timer)
    }
    tell(to - from)
  }

  async order(connects: boolean): Promise<Uint32Array> {
    const [worker] = this.#workers
    assert(worker !== undefined, 'there is a worker')
    const { order } = await Promise.race([
      this.#failed,
      this.#ask(worker, { step: 'order', connects })
    ])
    assert(order !== null, 'a worker that was asked for the order gives it')
    return order
  }

  stop(): void {
    this.#memory.stop()
  }

  async close(): Promise<void> {
    this.#closing = true
    // Where one failed the others would build on, for nothing.
    this.stop()
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  #start(): Worker {
    const { arena, context, layout, block, stepFacts, listsPlace, count } = this.#memory
    const scratch = layScratch(context.buffer, arena.allocate(scratchBytes))
    setVisited(context.buffer, scratch, arena.allocate(count), count)
    const workerData: BuildTask = {
      ...stepFacts,
      memory: arena.memory,
      kind: layout.kind,
      indexBlock: block,
      scratchBlock: scratch.block,
      listsPlace,
      taken: this.#memory.takenAddress
    }
    return new Worker(workerUrl('build.worker', import.meta.url), { workerData })
  }

  #ask(worker: Worker, request: BuildRequest): Promise<BuildAnswer> {
    return new Promise((done) => {
      worker.once('message', (answer: BuildAnswer) => done(answer))
      worker.postMessage(request, [])
    })
  }

  #onFailure(worker: Worker, fail: (error: Error) => void): void {
    worker.once('error', fail)
    worker.once('exit', (code) => {
      if (!this.#closing) fail(new Error(`a build worker ended with code ${code}, wanted none`))
    })
  }
}
