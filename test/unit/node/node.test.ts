import test from 'ava'
import type { RunningNode, WriteItem } from '../../../src/node/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'
import {
  options,
  definition,
  put,
  matchAll,
  yearFrom,
  searchOf,
  fresh,
  targets,
  fill,
  alias,
  codeOf
} from '../../support/node-requests.ts'
import { openTestNode, temporaryFolder } from '../../support/temporary-node.ts'

test('write: results stand in the order of the items, over several indices, faults in their places', async (t) => {
  const node = await fresh(t)
  await node.createIndex('one', definition)
  const bad: WriteItem = { ...put('one', 'bad', 1), body: { v: [1] } } as WriteItem
  const results = await node.write([
    put('one', 'a', 1),
    bad,
    put('other', 'b', 2),
    { type: 'delete', index: 'absent', id: 'x', routing: null, conditions: {} },
    { type: 'delete', index: 'one', id: 'a', routing: null, conditions: {} },
    put('one', 'c', 3)
  ])
  t.deepEqual(
    results.map(({ index, id, outcome }) => [
      index,
      id,
      outcome.ok ? outcome.result : outcome.error.code
    ]),
    [
      ['one', 'a', 'created'],
      ['one', 'bad', 'DOC_PARSE'],
      ['other', 'b', 'created'],
      ['absent', 'x', 'INDEX_ABSENT'],
      ['one', 'a', 'deleted'],
      ['one', 'c', 'created']
    ]
  )
  t.is(node.get('one', 'a'), null)
  t.is(node.get('other', 'b')?.version, 1)
})

test('write: conditions on seqNo and create are kept', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 2)
  const conditional = (ifSeqNo: number): WriteItem => ({
    ...put('one', '1', 7),
    conditions: { ifSeqNo, ifPrimaryTerm: 1 }
  })
  const outcome = async (item: WriteItem): Promise<string> => {
    const [result] = await node.write([item])
    return result?.outcome.ok === true ? result.outcome.result : (result?.outcome.error.code ?? '')
  }
  t.is(await outcome(conditional(0)), 'DOC_VERSION')
  t.is(await outcome(conditional(1)), 'updated')
  t.is(await outcome({ ...put('one', '1', 8), opType: 'create' } as WriteItem), 'DOC_VERSION')
  t.is(node.get('one', '1')?.version, 2)
})

test('write: ids that are empty, too long or half a character are refused, and ids are made where there is none', async (t) => {
  const node = await fresh(t)
  const results = await node.write([
    put('one', '', 1),
    put('one', 'x'.repeat(513), 1),
    put('one', '\ud800', 1),
    { ...put('one', '', 1), id: null } as WriteItem
  ])
  t.deepEqual(
    results.map(({ outcome }) => (outcome.ok ? outcome.result : outcome.error.code)),
    ['DOC_ID', 'DOC_ID', 'DOC_ID', 'created']
  )
  t.is(results[3]?.id.length, 20)
})

test('aliases: an alias is read, filtered, written to and removed', async (t) => {
  const folder = await temporaryFolder(t)
  const node = await openTestNode(t, folder)
  await fill(node, 'one', 10)
  await fill(node, 'two', 10)
  const filterJson = { range: { year: { gte: 8 } } }
  await node.updateAliases([
    {
      type: 'add',
      index: 'one',
      alias: 'both',
      definition: alias({ filterJson, filter: yearFrom(8) })
    },
    { type: 'add', index: 'two', alias: 'both', definition: alias({ isWriteIndex: true }) },
    { type: 'add', index: 'one', alias: 'only', definition: alias() }
  ])
  const check = (one: RunningNode): void => {
    t.is(one.count(targets(one, 'both'), null).count, 12)
    t.is(one.count(targets(one, 'both'), yearFrom(9)).count, 2)
    const knn = {
      type: 'fieldKnn',
      field: 'v',
      vector: [0, 0],
      k: 3,
      candidates: 10,
      filter: null,
      similarity: null,
      oversample: null,
      section: true
    } as const
    const hits = one.search(targets(one, 'both'), searchOf({ query: null, knn: [knn] })).hits
    t.deepEqual(
      Array.from(hits, (hit) => [hit.index, hit.id]),
      [
        ['two', '0'],
        ['two', '1'],
        ['two', '2']
      ]
    )
    t.is(one.get('only', '3')?.index, 'one')
  }
  check(node)
  const [written] = await node.write([put('both', 'new', 5)])
  t.is(written?.index, 'two')
  await node.write([{ type: 'delete', index: 'both', id: 'new', routing: null, conditions: {} }])
  t.throws(() => node.get('both', '1'), { message: /more than one index/ })
  await node.close()
  const again = await openTestNode(t, folder)
  check(again)
  await again.updateAliases([{ type: 'remove', index: 'one', alias: 'both', mustExist: null }])
  t.is(again.count(targets(again, 'both'), null).count, 10)
  t.is(
    await codeOf(
      t,
      again.updateAliases([{ type: 'remove', index: 'one', alias: 'both', mustExist: null }])
    ),
    'ALIAS_ABSENT'
  )
  t.is(
    await codeOf(
      t,
      again.updateAliases([{ type: 'add', index: 'one', alias: 'two', definition: alias() }])
    ),
    'INDEX_NAME'
  )
})

test('deleteByQuery: deletes what matches and nothing else, up to a limit, through an alias filter', async (t) => {
  const folder = await temporaryFolder(t)
  const node = await openTestNode(t, folder)
  await fill(node, 'one', 2_500)
  await node.flush(targets(node, 'one'))
  const all = { maxDocs: null, proceedOnConflict: false }
  const result = await node.deleteByQuery(targets(node, 'one'), yearFrom(300), all)
  t.like(result, { totalCount: 2_200, deletedCount: 2_200, versionConflictCount: 0, batchCount: 3 })
  t.is(node.count(targets(node, 'one'), null).count, 300)
  const limited = await node.deleteByQuery(targets(node, 'one'), matchAll, { ...all, maxDocs: 7 })
  t.is(limited.deletedCount, 7)
  await node.updateAliases([
    {
      type: 'add',
      index: 'one',
      alias: 'top',
      definition: alias({ filterJson: { range: { year: { gte: 290 } } }, filter: yearFrom(290) })
    }
  ])
  t.is((await node.deleteByQuery(targets(node, 'top'), matchAll, all)).deletedCount, 10)
  t.is(node.count(targets(node, 'one'), null).count, 283)
  await node.close()
  const again = await openTestNode(t, folder)
  t.is(again.count(targets(again, 'one'), null).count, 283)
  t.is(again.get('one', '295'), null)
})

test('deleteByQuery: a conflict ends it, for the indices behind it too', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 2_500)
  await fill(node, 'two', 300)
  for (const proceedOnConflict of [false, true]) {
    const both = targets(node, 'one', 'two')
    const deleting = node.deleteByQuery(both, matchAll, { maxDocs: null, proceedOnConflict })
    // Matched already, and changed before its turn has come.
    await node.write([put('one', '2499', 1)])
    t.is((await deleting).versionConflictCount, 1)
    t.is(node.count(targets(node, 'two'), null).count, proceedOnConflict ? 0 : 300)
  }
})

test('settings: are stored, blocks refuse writes, null takes one away', async (t) => {
  const folder = await temporaryFolder(t)
  const node = await openTestNode(t, folder)
  await fill(node, 'one', 1)
  const settings = new Map([
    ['blocks.write', 'true'],
    ['number_of_replicas', '0']
  ])
  await node.putSettings(new Map([['one', settings]]))
  const code = async (one: RunningNode): Promise<string> => {
    const [result] = await one.write([put('one', 'x', 1)])
    return result?.outcome.ok === false ? result.outcome.error.code : 'ok'
  }
  t.is(await code(node), 'INDEX_READ_ONLY')
  t.is(node.findIndex('one')?.health, 'green')
  await node.close()
  const again = await openTestNode(t, folder)
  t.is(await code(again), 'INDEX_READ_ONLY')
  await again.putSettings(new Map([['one', new Map([['blocks.write', null]])]]))
  t.is(await code(again), 'ok')
})

test('closed index: answers nothing, keeps everything, opens again, also after a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const node = await openTestNode(t, folder)
  await fill(node, 'one', 12)
  await fill(node, 'two', 1)
  const { id: pit } = node.openPointInTime(targets(node, 'one'), 36_000_000)
  await node.setState('one', 'close')
  const code = (run: () => unknown): string | undefined =>
    t.throws(run, { instanceOf: VectorStoreError })?.code
  t.is(
    code(() => node.resolve(['one'], options)),
    'INDEX_CLOSED'
  )
  t.is(
    code(() => node.get('one', '1')),
    'INDEX_CLOSED'
  )
  t.is(
    code(() => node.searchPointInTime(pit, null, searchOf({}))),
    'CONTEXT_ABSENT'
  )
  const [refused] = await node.write([put('one', 'x', 1)])
  t.is(refused?.outcome.ok === false ? refused.outcome.error.code : 'ok', 'INDEX_CLOSED')
  t.deepEqual(
    node.resolve([], options).map(({ index }) => index.metadata.name),
    ['two']
  )
  await node.close()
  const again = await openTestNode(t, folder)
  t.is(again.findIndex('one')?.engine, null)
  await again.setState('one', 'open')
  t.is(again.count(targets(again, 'one'), null).count, 12)
  await again.setState('one', 'open')
  t.is(again.count(targets(again, 'one'), yearFrom(6)).count, 6)
})

test('mapping: grows by documents and by requests, and is there after a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const node = await openTestNode(t, folder)
  await node.createIndex('one', definition)
  const body = { title: 'new field', deep: { flag: true } }
  await node.write([
    { type: 'index', index: 'one', id: '1', routing: null, opType: 'index', body, conditions: {} }
  ])
  await node.putMapping(['one'], { properties: { tag: { type: 'keyword' } } })
  const json = node.findIndex('one')?.mapping.toJson()
  t.deepEqual(Object.keys(json?.['properties'] as object).toSorted(), [
    'deep',
    'tag',
    'title',
    'v',
    'year'
  ])
  t.is(
    await codeOf(t, node.putMapping(['one'], { properties: { year: { type: 'keyword' } } })),
    'MAPPING_CONFLICT'
  )
  await node.close()
  const again = await openTestNode(t, folder)
  t.deepEqual(again.findIndex('one')?.mapping.toJson(), json)
})

test('search: a timeout that has passed gives an empty answer that says so', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 10)
  const result = node.search(targets(node, 'one'), searchOf({ timeoutMs: -1 }))
  t.true(result.timedOut)
  t.deepEqual(result.hits, [])
  t.false(node.search(targets(node, 'one'), searchOf({ timeoutMs: 36_000_000 })).timedOut)
})

test('openNode: a second opener in this process is refused, and may open after the first has closed', async (t) => {
  const folder = await temporaryFolder(t)
  const node = await openTestNode(t, folder)
  t.is(await codeOf(t, openTestNode(t, folder)), 'STORE_LOCKED')
  await node.close()
  const again = await openTestNode(t, folder)
  t.deepEqual(again.indices(), [])
})

test('openNode: faulty options are refused before anything is made', async (t) => {
  const folder = await temporaryFolder(t)
  t.is(await codeOf(t, openTestNode(t, folder, { threads: -1 })), 'OPTION_INVALID')
})

test('write: an index that is closed or deleted meanwhile fails items, not the request', async (t) => {
  const node = await fresh(t)
  for (const end of ['close', 'delete'] as const) {
    await node.createIndex(end, definition)
    const items = Array.from({ length: 4_000 }, (_, at) => put(end, `${at}`, at))
    const writing = node.write(items)
    await new Promise((resolve) => setTimeout(resolve, 10))
    await (end === 'close' ? node.setState(end, 'close') : node.deleteIndex(end))
    const results = await writing
    t.is(results.length, 4_000)
    const codes = new Set(results.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.error.code)))
    for (const code of codes) t.true(['ok', 'INDEX_CLOSED', 'NODE_CLOSED'].includes(code), code)
    if (end === 'delete') continue
    await node.setState(end, 'open')
    const writtenCount = results.filter(({ outcome }) => outcome.ok).length
    t.true(node.count(targets(node, end), null).count >= writtenCount)
  }
})

test('write: of many items with one id the last one wins, whatever else is written at once', async (t) => {
  const node = await fresh(t)
  await node.createIndex('one', definition)
  const round = (from: number): WriteItem[] =>
    Array.from({ length: 3_000 }, (_, at) => put('one', `${at % 3}`, from + at))
  await node.write(round(0))
  await Promise.all([
    node.write(round(10_000)),
    node.write(round(20_000).map((item) => ({ ...item, index: 'two' })))
  ])
  for (const id of ['0', '1', '2']) {
    const found = node.get('one', id)
    t.is(JSON.parse(Buffer.from(found?.source ?? []).toString()).year, 12_997 + Number(id))
    t.is(found?.version, 2_000)
  }
})

test('createIndex: a name that is an alias is refused, and so is a second index of the name at once', async (t) => {
  const node = await fresh(t)
  await node.createIndex('one', { ...definition, aliases: new Map([['also', alias()]]) })
  t.is(await codeOf(t, node.createIndex('also', definition)), 'INDEX_NAME')
  const outcomes = await Promise.allSettled([
    node.createIndex('two', definition),
    node.createIndex('two', definition)
  ])
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected']
  )
  const both = await Promise.allSettled([node.deleteIndex('two'), node.deleteIndex('two')])
  t.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected']
  )
  const made = await Promise.all(['a', 'b', 'c'].map((id) => node.write([put('three', id, 1)])))
  t.true(made.every(([result]) => result?.outcome.ok === true))
  t.is(node.count(targets(node, 'three'), null).count, 3)
})

test('createIndex: of two at once, one may not have the name that the other has for an alias', async (t) => {
  const node = await fresh(t)
  const withAlias = (name: string): typeof definition => ({
    ...definition,
    aliases: new Map([[name, alias()]])
  })
  const [made, refused, written] = await Promise.all([
    node.createIndex('one', withAlias('two')),
    codeOf(t, node.createIndex('two', definition)),
    node.write([put('two', '1', 1)])
  ])
  t.is(made.metadata.name, 'one')
  t.is(refused, 'INDEX_NAME')
  const outcome = written[0]?.outcome
  t.is(outcome?.ok === false && outcome.error.code, 'INDEX_NAME')
  await node.deleteIndex('one')
  // The name is free when the index that had it for an alias is gone.
  await node.createIndex('two', definition)
  t.pass()
})
