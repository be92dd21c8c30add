/** Inserts the nodes of a graph in worker threads that share its arena. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../simd/index.ts'
import { layScratch, scratchBytes, setVisited } from '../kernels/scratch.ts'
import type { CodeKind } from '../kernels/walk-kernel.ts'
import type { BuildOptions } from '../types.ts'
import type { GraphMemory } from './graph-memory.ts'

/** What a worker is given. */
export type BuildTask = {
  readonly memory: WebAssembly.Memory
  readonly kind: CodeKind
  readonly indexBlock: number
  readonly scratchBlock: number
  readonly efConstruction: number
}

const progressMs = 100

/**
 * Inserts all nodes with `options.threads` workers, at most one a processor.
 *
 * Errors   The signal's reason when it is aborted; the error of a worker that fails.
 */
export async function insertInWorkers(memory: GraphMemory, options: BuildOptions): Promise<void> {
  const { onProgress, signal } = options
  const threads = Math.min(options.threads, availableParallelism())
  const stop = (): void => memory.stop()
  signal?.throwIfAborted()
  signal?.addEventListener('abort', stop, { once: true })
  const timer = setInterval(() => onProgress?.(memory.takenCount, memory.count), progressMs)
  try {
    const outcomes = await Promise.allSettled(
      Array.from({ length: threads }, () => runWorker(taskFor(memory), stop))
    )
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
  }
  signal?.throwIfAborted()
  onProgress?.(memory.count, memory.count)
}

function taskFor(memory: GraphMemory): BuildTask {
  const { arena, context, layout, spec, count } = memory
  const scratch = layScratch(context.buffer, arena.allocate(scratchBytes))
  setVisited(context.buffer, scratch, arena.allocate(count), count)
  return {
    memory: arena.memory,
    kind: layout.kind,
    indexBlock: memory.block,
    scratchBlock: scratch.block,
    efConstruction: spec.efConstruction
  }
}

function runWorker(task: BuildTask, stop: () => void): Promise<void> {
  return new Promise((done, fail) => {
    const worker = new Worker(workerUrl('build.worker', import.meta.url), { workerData: task })
    worker.once('error', (error) => {
      // The others would build on without it, for nothing.
      stop()
      fail(error)
    })
    worker.once('exit', (code) => {
      if (code === 0) done()
      else fail(new Error(`a build worker ended with code ${code}, wanted 0`))
    })
  })
}
