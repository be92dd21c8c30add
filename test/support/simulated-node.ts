/** A node over a disk that fails when it is told to, crashes, and forgets what was not synced. */
import type { ExecutionContext } from 'ava'
import { elasticsearchDialect } from '../../src/dialect/index.ts'
import { resolveNodeOptions, RunningNode } from '../../src/node/index.ts'
import type { NodeOptions, WriteItem } from '../../src/node/index.ts'
import type { Store } from '../../src/store/index.ts'
import { VectorStoreError } from '../../src/util/index.ts'
import type { SimulatedDisk } from './simulated-store.ts'
import { until } from './until.ts'

const small: NodeOptions = { cacheBytes: 32 << 20, automaticJobs: false }

/** @param wrap  Stands between the node and its store. */
export async function openOnDisk(
  t: ExecutionContext,
  disk: SimulatedDisk,
  wrap: (store: Store) => Store = (store) => store
): Promise<RunningNode> {
  const store = wrap(await disk.openStore())
  const node = new RunningNode(
    'simulated',
    store,
    resolveNodeOptions(small),
    elasticsearchDialect()
  )
  await node.load()
  t.teardown(() => node.close().catch(() => undefined))
  return node
}

/** The same disk after a power cut. */
export function reopenAfterCrash(t: ExecutionContext, disk: SimulatedDisk): Promise<RunningNode> {
  disk.crash()
  Object.assign(disk.faults, { failWrite: 0, failMode: 'once' })
  return openOnDisk(t, disk)
}

/** The next write of the disk fails. */
export function failNextWrite(disk: SimulatedDisk, failText?: string): void {
  Object.assign(disk.faults, { failWrite: disk.writeCount + 1, failMode: 'once' })
  if (failText !== undefined) Object.assign(disk.faults, { failText })
}

/** Writes until the node takes it again after a write error. */
export async function writeAtLast(node: RunningNode, item: WriteItem): Promise<void> {
  await until('the node takes writes again', async () => {
    const [result] = await node.write([item])
    return result?.outcome.ok
  })
}

/** A store with some functions of its own. */
export function replaced(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(
        name in own ? own : target,
        name,
        name in own ? own : target
      )
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    }
  })
}

export const fullError = (): VectorStoreError => new VectorStoreError('STORE_FULL', 'no space left')
