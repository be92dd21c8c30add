/** A thread that inserts nodes into the graph of an arena until none is left. */
import { workerData } from 'node:worker_threads'
import { assert } from '../../util/index.ts'
import { walkKernel } from '../kernels/walk-kernel.ts'
import type { BuildTask } from './build-workers.ts'

const task = workerData as BuildTask
const fault = (): number => {
  assert(false, 'every page of a build is resident')
}
const kernel = walkKernel(task.kind, { memory: task.memory, fault })
kernel.bind(task.indexBlock, task.scratchBlock)
kernel.insertNext(0x7fffffff, task.efConstruction)
