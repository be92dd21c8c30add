/** A thread that does steps of builds in their arenas, as it is asked; build-workers.ts. */
import { parentPort } from 'node:worker_threads'
import { assert } from '../../util/index.ts'
import { walkKernel } from '../kernels/walk-kernel.ts'
import type { WalkKernel } from '../kernels/walk-kernel.ts'
import { collectArenas } from './arena.ts'
import { ArenaLists } from './arena-lists.ts'
import { doStep, orderOf } from './build-crew.ts'
import type { Step } from './build-crew.ts'
import { chunkNodes } from './build-workers.ts'
import type { BuildAnswer, BuildRequest, BuildTask } from './build-workers.ts'
import { connectUnreachable } from './connect.ts'

/** A worker has its thread for itself. */
const unsliced = { due: () => false, wait: async (): Promise<void> => {} }

type WorkRequest = Exclude<BuildRequest, { readonly step: 'begin' }>
type RangeRequest = Extract<BuildRequest, { readonly step: Step }>

class Build {
  readonly #task: BuildTask
  readonly #kernel: WalkKernel
  readonly #words: Uint32Array

  constructor(task: BuildTask) {
    const fault = (): number => {
      assert(false, 'every page of a build is resident')
    }
    this.#task = task
    this.#kernel = walkKernel(task.kind, { memory: task.memory, fault })
    this.#kernel.bind(task.indexBlock, task.scratchBlock)
    this.#words = new Uint32Array(task.memory.buffer)
  }

  /** Result: nodes done. */
  doChunks({ step, from, to, lanes }: RangeRequest): number {
    const perLane = Math.ceil((to - from) / lanes / chunkNodes)
    let doneCount = 0
    for (;;) {
      const taken = Atomics.add(this.#words, this.#task.taken >>> 2, 1)
      if (taken >= perLane * lanes) return doneCount
      const chunk = (taken % lanes) * perLane + Math.floor(taken / lanes)
      const first = from + chunk * chunkNodes
      const end = Math.min(to, first + chunkNodes)
      if (first >= end) continue
      const done = doStep(this.#kernel, step, first, end, this.#task)
      doneCount += done
      if (done < end - first) return doneCount
    }
  }

  get lists(): ArenaLists {
    return new ArenaLists(this.#task.memory.buffer, this.#task.listsPlace)
  }
}

let build: Build | null = null

parentPort?.on('message', (request: BuildRequest) => {
  if (request.step === 'begin') begin(request.task)
  else void answer(request)
})

function begin(task: BuildTask): void {
  const wasBusy = build !== null
  build = new Build(task)
  // The memory of the build before is kept by this thread too.
  if (wasBusy) collectArenas()
}

async function answer(request: WorkRequest): Promise<void> {
  assert(build !== null, 'a build has begun')
  const answered = await answerOf(build, request)
  const moved = answered.order === null ? [] : [answered.order.buffer as ArrayBuffer]
  parentPort?.postMessage(answered, moved)
}

async function answerOf(current: Build, request: WorkRequest): Promise<BuildAnswer> {
  if ('lanes' in request) return { order: null, doneCount: current.doChunks(request) }
  if (request.step === 'order')
    return { order: await orderOf(current.lists, unsliced), doneCount: 0 }
  await connectUnreachable(current.lists, unsliced)
  return { order: null, doneCount: 0 }
}
