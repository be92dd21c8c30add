/** A thread that does steps of a build in its arena, as it is asked; build-workers.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../util/index.ts'
import { walkKernel } from '../kernels/walk-kernel.ts'
import { ArenaLists } from './arena-lists.ts'
import { connectAndOrder, doStep } from './build-crew.ts'
import { chunkNodes } from './build-workers.ts'
import type { BuildAnswer, BuildRequest, BuildTask } from './build-workers.ts'

const task = workerData as BuildTask
const fault = (): number => {
  assert(false, 'every page of a build is resident')
}
const kernel = walkKernel(task.kind, { memory: task.memory, fault })
kernel.bind(task.indexBlock, task.scratchBlock)
const words = new Uint32Array(task.memory.buffer)
/** A worker has its thread for itself. */
const unsliced = { due: () => false, wait: async (): Promise<void> => {} }

function doChunks({ step, from, to, lanes }: Exclude<BuildRequest, { step: 'order' }>): void {
  const perLane = Math.ceil((to - from) / lanes / chunkNodes)
  for (;;) {
    const taken = Atomics.add(words, task.taken >>> 2, 1)
    if (taken >= perLane * lanes) return
    const chunk = (taken % lanes) * perLane + Math.floor(taken / lanes)
    const first = from + chunk * chunkNodes
    const end = Math.min(to, first + chunkNodes)
    if (first < end && doStep(kernel, step, first, end, task) < end - first) return
  }
}

parentPort?.on('message', (request: BuildRequest) => {
  void answer(request)
})

async function answer(request: BuildRequest): Promise<void> {
  const answered = await work(request)
  const moved = answered.order === null ? [] : [answered.order.buffer as ArrayBuffer]
  parentPort?.postMessage(answered, moved)
}

async function work(request: BuildRequest): Promise<BuildAnswer> {
  if (request.step !== 'order') {
    doChunks(request)
    return { order: null }
  }
  const lists = new ArenaLists(task.memory.buffer, task.listsPlace)
  return { order: await connectAndOrder(lists, request.connects, unsliced) }
}
