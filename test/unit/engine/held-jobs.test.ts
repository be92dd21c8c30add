/** Jobs that are held in the middle: what is written meanwhile, and who must not wait for them. */
import test from 'ava'
import { Jobs } from '../../../src/engine/index.ts'
import { parseKey } from '../../../src/store/index.ts'
import type { Store } from '../../../src/store/index.ts'
import {
  contentsOf,
  deleteOp,
  fillEngine,
  indexOp,
  openTestEngine
} from '../../support/engine-fixture.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { until } from '../../support/until.ts'

/** The store, but for the calls of a method that `holds` picks by their argument: they begin when it is opened. */
function holding<Name extends 'commit' | 'assertRoom'>(
  store: Store,
  method: Name,
  holds: (argument: Parameters<Store[Name]>[0]) => boolean
): { readonly held: Store; readonly reached: Promise<void>; readonly open: () => void } {
  const gate = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const held = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== method) return value.bind(target)
      return async (argument: Parameters<Store[Name]>[0]): Promise<unknown> => {
        if (holds(argument)) {
          reached.resolve()
          await gate.promise
        }
        return value.call(target, argument)
      }
    }
  })
  return { held, reached: reached.promise, open: gate.resolve }
}

test('flush: what is deleted while its commit point is written is deleted in the segment', async (t) => {
  const store = await openMemoryStore()
  const { held, reached, open } = holding(store, 'commit', (records) =>
    records.some(({ key }) => parseKey(key)?.kind === 'manifest')
  )
  const engine = await openTestEngine(held)
  await fillEngine(engine, 0, 20)
  const flushing = engine.flush()
  await reached
  await engine.apply([deleteOp('3'), indexOp('4', { tag: 'b', count: 99 })])
  open()
  await flushing
  const contents = contentsOf(engine)
  t.is(contents.size, 19)
  t.false(contents.has('3'))
  await engine.flush()
  await engine.close({ flush: false })
  const again = await openTestEngine(store)
  t.deepEqual(contentsOf(again), contents)
  await again.close()
  await store.close()
})

test('forceMerge: an index that is merged for long keeps no other index from its flushes', async (t) => {
  const store = await openMemoryStore()
  const jobs = new Jobs()
  // Every job asks first, whether there is room.
  const { held, reached, open } = holding(store, 'assertRoom', () => true)
  const merged = await openTestEngine(held, { jobs, index: 7 })
  const other = await openTestEngine(store, { jobs, index: 8 })
  await fillEngine(merged, 0, 5)
  const forcing = [merged.forceMerge({ maxSegments: 1 }), merged.forceMerge({ maxSegments: 1 })]
  await reached
  await fillEngine(merged, 5, 8)
  const flushing = merged.flush()
  await fillEngine(other, 0, 5)
  let isOver = false
  const otherFlush = other.flush().then(() => (isOver = true))
  await until('it was flushed meanwhile', () => isOver)
  open()
  await Promise.all([...forcing, flushing, otherFlush])
  t.is(contentsOf(merged).size, 8)
  t.is(merged.stats().bufferDocCount, 0)
  await merged.close()
  await other.close()
  await store.close()
})
