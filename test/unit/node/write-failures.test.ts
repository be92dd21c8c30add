/** What is acknowledged stays, whatever fails beside it: metadata, mappings and indices over write errors and crashes. */
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { elasticsearchDialect } from '../../../src/dialect/index.ts'
import type { WriteItem } from '../../../src/node/index.ts'
import {
  catalogueKey,
  catalogueRange,
  indexMetadataKey,
  parseKey
} from '../../../src/store/index.ts'
import type { Query } from '../../../src/query/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import {
  alias,
  codeOf,
  countOf,
  definition,
  fill,
  options,
  put,
  searchOf
} from '../../support/node-requests.ts'
import {
  failNextWrite,
  fullError,
  openOnDisk,
  reopenAfterCrash,
  replaced,
  writeAtLast
} from '../../support/simulated-node.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import { until } from '../../support/until.ts'
import { openTestNode, temporaryFolder } from '../../support/temporary-node.ts'

const noSpace = 'IO error: /x/000003.log: No space left on device'

function document(index: string, id: string, body: Record<string, unknown>): WriteItem {
  return { type: 'index', index, id, routing: null, opType: 'index', body, conditions: {} }
}

const termOf = (field: string, value: string): Query =>
  elasticsearchDialect().parseFilter({ term: { [`${field}.keyword`]: value } })

test('settings: a change stays although a document with a new field is written at the same moment', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'one', 1)
  const changed = node.putSettings(new Map([['one', new Map([['priority', '7']])]]))
  const written = node.write([document('one', 'new', { colour: 'blue' })])
  await Promise.all([changed, written])
  const again = await reopenAfterCrash(t, disk)
  t.is(again.findIndex('one')?.metadata.settings.get('priority'), '7')
  t.truthy(again.findIndex('one')?.mapping.field('colour'))
})

test('settings and aliases: changes made at the same moment all stay', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'one', 1)
  await Promise.all([
    node.putSettings(new Map([['one', new Map([['priority', '7']])]])),
    node.putSettings(new Map([['one', new Map([['codec', 'best']])]])),
    node.updateAliases([{ type: 'add', index: 'one', alias: 'a', definition: alias() }]),
    node.updateAliases([{ type: 'add', index: 'one', alias: 'b', definition: alias() }])
  ])
  const again = await reopenAfterCrash(t, disk)
  for (const one of [node, again]) {
    const { settings, aliases } = one.findIndex('one')!.metadata
    t.deepEqual([settings.get('priority'), settings.get('codec')], ['7', 'best'])
    t.deepEqual([...aliases.keys()].sort(), ['a', 'b'])
  }
})

test('mapping: what a refused document added rides with the next one that is taken', async (t) => {
  for (let turns = 0; turns < 12; turns++) {
    const disk = new SimulatedDisk()
    const node = await openOnDisk(t, disk)
    await fill(node, 'one', 3)
    failNextWrite(disk)
    await node.write([document('one', 'lost', { colour: 'blue' })])
    for (let turn = 0; turn < turns; turn++) await new Promise((next) => setImmediate(next))
    await node.write([document('one', 'perhaps', { taste: 'sour' })])
    await writeAtLast(node, document('one', 'kept', { colour: 'red', taste: 'sweet' }))
    await delay(5)
    await writeAtLast(node, document('one', 'later', { colour: 'green', taste: 'salty' }))
    const again = await reopenAfterCrash(t, disk)
    t.is(again.findIndex('one')?.fault, null, `after ${turns} turns`)
    t.truthy(again.get('one', 'kept'))
    t.truthy(again.get('one', 'later'))
    for (const query of [termOf('colour', 'red'), termOf('taste', 'sweet')])
      t.is(again.count(again.resolve(['one'], options), query).count, 1, `after ${turns} turns`)
    await again.close()
  }
})

test('deleteIndex: one that was refused for want of space is not carried out by the next change', async (t) => {
  const disk = new SimulatedDisk()
  let full = false
  const node = await openOnDisk(t, disk, (store) =>
    replaced(store, {
      commit: (records) => (full ? Promise.reject(fullError()) : store.commit(records))
    })
  )
  await fill(node, 'kept', 5)
  full = true
  t.is(await codeOf(t, node.deleteIndex('kept')), 'STORE_FULL')
  t.is(await codeOf(t, node.createIndex('refused', definition)), 'STORE_FULL')
  full = false
  await node.createIndex('other', definition)
  t.is(countOf(node, 'kept'), 5)
  const again = await reopenAfterCrash(t, disk)
  t.deepEqual(
    again
      .indices()
      .map(({ metadata }) => metadata.name)
      .sort(),
    ['kept', 'other']
  )
  t.is(countOf(again, 'kept'), 5)
})

test('createIndex: failing at the disk leaves one index of the name or none, and it may be tried again', async (t) => {
  for (const failedBatchStays of [false, true]) {
    const disk = new SimulatedDisk({ seed: 1, failedBatchStays })
    const node = await openOnDisk(t, disk)
    failNextWrite(disk, noSpace)
    await t.throwsAsync(node.createIndex('one', definition), { instanceOf: VectorStoreError })
    await until('the index is there', () =>
      node.createIndex('one', definition).then(
        () => true,
        (error: unknown) => error instanceof VectorStoreError && error.code === 'INDEX_EXISTS'
      )
    )
    await writeAtLast(node, put('one', '1', 1))
    const again = await reopenAfterCrash(t, disk)
    t.is(countOf(again, 'one'), 1)
    await again.deleteIndex('one')
    const last = await reopenAfterCrash(t, disk)
    t.deepEqual(last.indices(), [], `failed batch stays: ${failedBatchStays}`)
  }
})

test('setState: opened and closed at once there is never more than one engine', async (t) => {
  const disk = new SimulatedDisk()
  let engineCount = 0
  const node = await openOnDisk(t, disk, (store) =>
    replaced(store, {
      onReopen: (listener) => {
        engineCount += 1
        return store.onReopen(listener)
      }
    })
  )
  await fill(node, 'one', 5)
  const index = node.findIndex('one')!
  const first = index.engine!
  const closing = node.setState('one', 'close')
  while (index.engine !== null) await new Promise((next) => setImmediate(next))
  engineCount = 0
  const order: string[] = []
  const noteClosed = async (): Promise<void> => {
    await first.close()
    order.push('closed')
  }
  const noteOpened = async (): Promise<void> => {
    await Promise.all([node.setState('one', 'open'), node.setState('one', 'open')])
    order.push('opened')
  }
  await Promise.all([noteClosed(), noteOpened()])
  t.deepEqual(order, ['closed', 'opened'])
  await closing
  t.is(engineCount, 1)
  await writeAtLast(node, put('one', 'x', 7))
  await node.flush(node.resolve(['one'], options))
  await writeAtLast(node, put('one', 'y', 8))
  t.is(countOf(node, 'one'), 7)
  const again = await reopenAfterCrash(t, disk)
  t.is(countOf(again, 'one'), 7)
})

test('deleteIndex: while it is being opened it goes for good', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'one', 5)
  await node.setState('one', 'close')
  const opening = node.setState('one', 'open')
  await Promise.allSettled([opening, node.deleteIndex('one')])
  t.is(node.findIndex('one'), null)
  const again = await reopenAfterCrash(t, disk)
  t.deepEqual(again.indices(), [])
})

test('reopening: a catalogue that cannot be read at once is read later, and nothing is lost meanwhile', async (t) => {
  const disk = new SimulatedDisk()
  let failing = false
  const failures: VectorStoreError[] = []
  const node = await openOnDisk(t, disk, (store) =>
    replaced(store, {
      newest: (range) => {
        if (!failing || Buffer.compare(range.gte, catalogueRange().gte) !== 0)
          return store.newest(range)
        failures.push(new VectorStoreError('STORE_IO', 'a read failed'))
        return Promise.reject(failures[0])
      }
    })
  )
  await fill(node, 'one', 1)
  failing = true
  failNextWrite(disk)
  await node.write([put('one', '2', 2)])
  await writeAtLast(node, document('one', '3', { colour: 'blue' }))
  await until('the list of indices was read in vain', () => failures.length > 0)
  t.is(await codeOf(t, node.createIndex('new', definition)), 'STORE_POISONED')
  failing = false
  // Read again after a while; until then the name is not free.
  await until('the name is free', () =>
    node.createIndex('new', definition).then(
      () => true,
      () => false
    )
  )
  const again = await reopenAfterCrash(t, disk)
  t.truthy(again.get('one', '3'))
})

test('load: an index whose record is damaged or missing is red under its name, the others serve', async (t) => {
  for (const harm of ['flip', 'hide'] as const) {
    const disk = new SimulatedDisk()
    const node = await openOnDisk(t, disk)
    await fill(node, 'one', 3)
    await fill(node, 'two', 4)
    const { number } = node.findIndex('one')!.metadata
    disk.crash()
    const key = indexMetadataKey(number, 1)
    if (harm === 'flip') disk.flipBit(key, 200)
    else disk.hide(key)
    const again = await openOnDisk(t, disk)
    t.is(again.findIndex('one')?.health, 'red', harm)
    t.not(again.findIndex('two')?.health, 'red')
    t.is(countOf(again, 'two'), 4)
    const [refused] = await again.write([put('one', 'x', 1)])
    t.false(refused?.outcome.ok)
    await t.throwsAsync(again.putSettings(new Map([['one', new Map([['priority', '1']])]])), {
      instanceOf: VectorStoreError
    })
    t.is(await codeOf(t, again.createIndex('one', definition)), 'INDEX_EXISTS')
    await again.deleteIndex('one')
    await fill(again, 'one', 2)
    const last = await reopenAfterCrash(t, disk)
    t.deepEqual([countOf(last, 'one'), countOf(last, 'two')], [2, 4])
  }
})

test('load: a list of indices that is not the newest one is refused', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'one', 3)
  await fill(node, 'two', 4)
  disk.crash()
  disk.hide(catalogueKey(2))
  t.is(await codeOf(t, openOnDisk(t, disk)), 'STORE_DAMAGED')
  disk.hide(catalogueKey(1))
  t.is(await codeOf(t, openOnDisk(t, disk)), 'STORE_DAMAGED')
})

test('deleteIndex: leaves no key behind, now or at the next start', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'one', 30)
  await node.flush(node.resolve(['one'], options))
  await fill(node, 'two', 2)
  const { number } = node.findIndex('one')!.metadata
  const left = (): number =>
    [...disk.entries.keys()].filter((name) => parseKey(Buffer.from(name, 'hex'))?.index === number)
      .length
  t.true(left() > 3)
  await node.deleteIndex('one')
  await node.close()
  t.is(left(), 0)
})

test('flush: many deletes of documents that are not there start one, as many documents do', async (t) => {
  const node = await openTestNode(t, await temporaryFolder(t), { flushDocs: 100 })
  await fill(node, 'one', 1)
  const absent = (at: number): WriteItem => ({
    type: 'delete',
    index: 'one',
    id: `absent${at}`,
    routing: null,
    conditions: {}
  })
  await node.write(Array.from({ length: 200 }, (_, at) => absent(at)))
  await until('a flush', () => node.findIndex('one')!.engine!.stats().flushCount > 0)
  t.is(node.findIndex('one')!.engine!.stats().flushCount, 1)
})

test('engines: one that was closed is no longer told of a reopened store', async (t) => {
  const disk = new SimulatedDisk()
  let listenerCount = 0
  const node = await openOnDisk(t, disk, (store) =>
    replaced(store, {
      onReopen: (listener) => {
        listenerCount += 1
        const remove = store.onReopen(listener)
        return () => {
          listenerCount -= 1
          remove()
        }
      }
    })
  )
  const before = listenerCount
  for (let round = 0; round < 3; round++) {
    await node.createIndex('one', definition)
    await node.setState('one', 'close')
    await node.setState('one', 'open')
    await node.deleteIndex('one')
  }
  t.is(listenerCount, before)
})

test('close: while writes, flushes, creations and deletions are under way loses nothing that was acknowledged', async (t) => {
  for (let turns = 0; turns < 6; turns++) {
    const folder = await temporaryFolder(t)
    const node = await openTestNode(t, folder, { flushDocs: 40 })
    await fill(node, 'one', 10)
    await fill(node, 'gone', 10)
    const acknowledged = new Set<string>()
    const write = async (id: string): Promise<void> => {
      const results = await node.write([put('one', id, 1), put(`made${id}`, id, 1)])
      for (const { index, outcome } of results) if (outcome.ok) acknowledged.add(`${index} ${id}`)
    }
    const work = [
      ...Array.from(Array(30).keys(), (at) => write(`w${at}`)),
      node.flush(node.resolve(['one'], options)),
      node.createIndex('late', definition),
      node.deleteIndex('gone'),
      node.setState('one', 'close').then(() => node.setState('one', 'open'))
    ]
    const settled = Promise.allSettled(work)
    for (let turn = 0; turn < turns * 3; turn++) await new Promise((next) => setImmediate(next))
    await node.close()
    for (const result of await settled)
      if (result.status === 'rejected')
        t.true(result.reason instanceof VectorStoreError, String(result.reason))
    const again = await openTestNode(t, folder)
    if (again.findIndex('one')?.metadata.state === 'close') await again.setState('one', 'open')
    for (const name of acknowledged) {
      const [index, id] = name.split(' ') as [string, string]
      t.truthy(again.get(index, id), `${name} after ${turns} turns`)
    }
    await again.close()
  }
})

test('search: of several indices the one that is red fails alone', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await fill(node, 'one', 3)
  await fill(node, 'two', 4)
  const { number } = node.findIndex('one')!.metadata
  disk.crash()
  disk.flipBit(indexMetadataKey(number, 1), 200)
  const again = await openOnDisk(t, disk)
  const { hits, failures } = again.search(again.resolve(['*'], options), searchOf({}))
  t.is(hits.length, 4)
  t.is(failures.length, 1)
})
