/**
 * Searches whose hits are read in slices: how long a turn of the event loop is told by a clock that only documents move, so it
 * counts work and not the time of a busy machine.
 */
import test from 'ava'
import type { Searcher } from '../../../src/engine/index.ts'
import type { NodeHit } from '../../../src/node/index.ts'
import { fetchHitsIn, needIdsAlone } from '../../../src/node/fetch.ts'
import { SlicedSearches } from '../../../src/node/sliced-search.ts'
import type { NodeIndex, RunningNode } from '../../../src/node/index.ts'
import { noHits, SearchHits } from '../../../src/search/index.ts'
import type { NamesOf } from '../../../src/search/search-hits.ts'
import type { SearchTarget } from '../../../src/search/index.ts'
import { beginInSlices, LoopTurns, turnWorkMs } from '../../../src/util/index.ts'
import { until } from '../../support/until.ts'
import {
  byYear,
  definition,
  fill,
  fresh,
  ids,
  put,
  searchOf,
  targets
} from '../../support/node-requests.ts'

/** What a document costs by that clock, and what a turn may: the budget of loop-slices.ts, and the document it ends in. */
const documentMs = 0.3
const turnMsMax = turnWorkMs + documentMs

test('fetchHitsIn: no turn of the loop reads documents for longer than a slice', async (t) => {
  let nowMs = 0
  let turnStartMs = 0
  let longestMs = 0
  let turnCount = 0
  const later: (() => void)[] = []
  const turns = new LoopTurns(
    () => nowMs,
    (run) => void later.push(run)
  )
  const read: number[] = []
  const stored = (docId: number): object => {
    nowMs += documentMs
    longestMs = Math.max(longestMs, nowMs - turnStartMs)
    read.push(docId)
    return { id: `${docId}`, routing: null, source: () => new Uint8Array([docId & 255]) }
  }
  const docs = Array.from({ length: 1000 }, (_, docId) => ({ segment: 0, docId, score: 1 }))
  const target = { index: 0, sort: [], segments: [{ reader: { hasRouting: false, stored } }] }
  const hits = new SearchHits({ docs, targets: null }, [target as unknown as SearchTarget], null)
  const index = { metadata: { name: 'one', settings: new Map() }, mapping: {} }
  const fetched: NodeHit[] = []
  const slice = turns.slice()
  const steps = fetchHitsIn(
    hits,
    { ...searchOf({}).fetch, excludeVectors: false },
    { indexOf: () => index as unknown as NodeIndex, sortOf: () => [] },
    slice
  )
  const done = Promise.resolve(beginInSlices(steps, slice)).then((all) => void fetched.push(...all))
  while (fetched.length === 0) {
    // A turn: everything that waits for it, and what that does until it waits again.
    turnStartMs = nowMs
    turnCount += 1
    for (const run of later.splice(0)) run()
    await new Promise(setImmediate)
  }
  await done
  t.true(longestMs <= turnMsMax, `${longestMs} ms in one turn`)
  t.true(turnCount >= (hits.length * documentMs) / turnMsMax, `${turnCount} turns`)
  t.deepEqual(
    read,
    docs.map(({ docId }) => docId)
  )
  t.deepEqual(
    fetched.map(({ id }) => id),
    docs.map(({ docId }) => `${docId}`)
  )
})

test('needIdsAlone: a source, fields, versions, sort values, routing and names of clauses have to be told too', (t) => {
  type Given = { readonly hasRouting: boolean; readonly sort: readonly number[] | null }
  const placed = (given: readonly Given[], namesOf: NamesOf | null): SearchHits => {
    const docs = given.map(({ sort }) => ({ segment: 0, docId: 0, score: 1, sort }))
    const searched = given.map(({ hasRouting, sort }) => ({
      sort: sort ?? [],
      segments: [{ reader: { hasRouting } }]
    }))
    const places = given.map((_, at) => at)
    return new SearchHits(
      { docs, targets: places },
      searched as unknown as readonly SearchTarget[],
      namesOf
    )
  }
  const hitsOf = (...given: readonly Given[]): SearchHits => placed(given, null)
  const plain = { hasRouting: false, sort: null }
  const hits = hitsOf(plain, plain)
  const fetch = { ...searchOf({}).fetch, source: false }
  const fields = [{ field: 'year', format: null }]
  t.true(needIdsAlone(hits, fetch))
  t.true(needIdsAlone(noHits, fetch))
  for (const more of [
    { source: true },
    { source: { includes: ['year'], excludes: [] } },
    { fields },
    { docvalueFields: fields },
    { storedFields: ['year'] },
    { version: true },
    { seqNoPrimaryTerm: true }
  ])
    t.false(needIdsAlone(hits, { ...fetch, ...more }), JSON.stringify(more))
  t.true(needIdsAlone(hitsOf(plain), fetch))
  t.false(needIdsAlone(hitsOf({ hasRouting: true, sort: null }), fetch))
  t.false(needIdsAlone(hitsOf({ hasRouting: false, sort: [1] }), fetch))
  t.false(needIdsAlone(hitsOf(plain, { hasRouting: true, sort: null }), fetch))
  t.false(needIdsAlone(hitsOf(plain, { hasRouting: false, sort: [1] }), fetch))
  const second = (at: number): { name: string; score: number }[] =>
    at === 1 ? [{ name: 'q', score: 1 }] : []
  t.false(needIdsAlone(placed([plain, plain], second), fetch))
  t.true(needIdsAlone(placed([plain], second), fetch))
})

test('search inSlices: the whole result is that of a search at once, of the moment it began', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 300)
  await node.flush(targets(node, 'one'))
  await fill(node, 'two', 200)
  const both = targets(node, 'one', 'two')
  for (const source of [true, false]) {
    const search = searchOf({ sort: byYear, size: 400, from: 7 })
    const wanted = searchOf({ ...search, fetch: { ...search.fetch, source } })
    const atOnce = node.search(both, wanted)
    t.is(atOnce.whole, undefined)
    const inSlices = node.search(both, wanted, 'inSlices')
    // What happens to the documents while they are read does not show.
    const written = node.write([
      put('one', '20', 7000),
      { type: 'delete', index: 'two', id: '30', routing: null, conditions: {} }
    ])
    const whole = (await inSlices.whole) ?? inSlices
    t.deepEqual({ ...whole, hits: [...whole.hits], tookMs: 0 }, { ...atOnce, tookMs: 0 })
    await written
    await node.forceMerge(both, { maxSegments: 1 })
    await node.write([put('one', '20', 20), put('two', '30', 30)])
  }
})

test('run: segments stay pinned until the steps have ended, whatever way, and ended() waits for them', async (t) => {
  for (const fails of [false, true]) {
    const searches = new SlicedSearches(null)
    let pinCount = 1
    const pins = { retain: () => void pinCount++, release: () => void pinCount-- }
    const seen: number[] = []
    const begun = searches.run(pins, 'inSlices', function* () {
      for (let turn = 0; turn < 3; turn++) {
        yield
        seen.push(pinCount)
      }
      if (fails) throw new Error('planted')
      return 'found'
    })
    // What the caller holds he lets go of at once.
    pins.release()
    await searches.ended()
    t.deepEqual(seen, [1, 1, 1])
    t.is(pinCount, 0)
    if (fails) await t.throwsAsync(async () => begun, { message: 'planted' })
    else t.is(await begun, 'found')
  }
})

test('search: documents that sort alike come in index order, over segments and pages', async (t) => {
  const node = await fresh(t, { automaticJobs: false })
  const wanted = Array.from({ length: 30 }, (_, at) => `${at}`)
  await node.createIndex('one', definition)
  for (let from = 0; from < 30; from += 10) {
    await node.write(wanted.slice(from, from + 10).map((id) => put('one', id, 7)))
    if (from < 20) await node.flush(targets(node, 'one'))
  }
  for (const [from, size] of [
    [0, 30],
    [0, 4],
    [5, 12],
    [18, 30]
  ] as const) {
    const found = node.search(targets(node, 'one'), searchOf({ sort: byYear, from, size }))
    t.deepEqual(ids(found), wanted.slice(from, from + size))
  }
})

test('search inSlices: few hits are there at once', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 20)
  // Other tests may have used up the turn it begins in.
  let found = node.search(targets(node, 'one'), searchOf({ sort: byYear }), 'inSlices')
  await until('hits are there at once', async () => {
    const { whole } = found
    if (whole === undefined) return true
    await whole
    found = node.search(targets(node, 'one'), searchOf({ sort: byYear }), 'inSlices')
    return false
  })
  t.is(ids(found).length, 10)
})

test('search inSlices: an index that is deleted while its hits are read answers all the same', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 300)
  await node.flush(targets(node, 'one'))
  const found = node.search(targets(node, 'one'), searchOf({ size: 300 }), 'inSlices')
  const deleted = node.deleteIndex('one')
  t.is(((await found.whole) ?? found).hits.length, 300)
  await deleted
})

test('scroll inSlices: pages go on where the last one ended, and closing it leaves the page that is read', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 250)
  const search = searchOf({ sort: byYear, size: 100 })
  const opened = node.openScroll(targets(node, 'one'), search, 36_000_000, 'inSlices')
  const { id } = opened
  const next = node.nextScroll(id, null, 'inSlices')
  t.is(node.closeContexts('scroll', [id]), 1)
  const pages = [(await opened.result.whole) ?? opened.result, (await next.whole) ?? next]
  const seen = pages.flatMap(ids)
  t.deepEqual(
    seen,
    Array.from({ length: 200 }, (_, at) => `${at}`)
  )
  t.deepEqual(
    Array.from(pages[1]!.hits, ({ sort }) => sort),
    Array.from({ length: 100 }, (_, at) => [100 + at])
  )
})

for (const isClosed of [false, true])
  test(`deleteIndex: what a search under way reads stays until it has ended, closed before: ${isClosed}`, async (t) => {
    const node = await fresh(t)
    await fill(node, 'one', 300)
    await node.flush(targets(node, 'one'))
    const { segments, release } = pinned(node, 'one')
    if (isClosed) await node.setState('one', 'close')
    await node.deleteIndex('one')
    const { recordCount } = await node.verifyRecords()
    t.is(segments[0]!.reader.stored(7).id, '7')
    release()
    t.true((await node.verifyRecords()).recordCount < recordCount)
  })

test('setState: an index is opened again when the searches of before have ended', async (t) => {
  const node = await fresh(t)
  await fill(node, 'one', 300)
  await node.flush(targets(node, 'one'))
  const { segments, release } = pinned(node, 'one')
  await node.setState('one', 'close')
  let isOpen = false
  const opening = (async () => {
    await node.setState('one', 'open')
    isOpen = true
    await node.write([put('one', '5', 1)])
    await node.forceMerge(targets(node, 'one'), { maxSegments: 1 })
  })()
  await node.verifyRecords()
  t.false(isOpen)
  t.is(segments[0]!.reader.stored(7).id, '7')
  release()
  await opening
  t.is(node.count(targets(node, 'one'), null).count, 300)
})

/** What a search holds while it waits. */
function pinned(node: RunningNode, name: string): Pick<Searcher, 'segments' | 'release'> {
  const searcher = node.findIndex(name)!.engine!.acquireSearcher()
  return { segments: searcher.segments, release: () => searcher.release() }
}
