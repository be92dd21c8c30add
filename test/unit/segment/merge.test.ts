import test from 'ava'
import { mergeSegments } from '../../../src/segment/index.ts'
import type { SegmentInfo } from '../../../src/segment/index.ts'
import { decodeRecord, encodeRecord, parseKey, segmentRange } from '../../../src/store/index.ts'
import type { Store } from '../../../src/store/index.ts'
import {
  below,
  fields,
  flatten,
  randomGroup,
  randomGroups,
  randomOf,
  rootsOf
} from '../../support/segment-documents.ts'
import type { Group } from '../../support/segment-documents.ts'
import { indexNumber, SegmentStore, viewOf } from '../../support/segment-store.ts'

/** Every record of a segment by kind, field and page. */
async function recordsOf(store: Store, generation: number): Promise<Map<string, string>> {
  const records = new Map<string, string>()
  await store.scan(segmentRange(indexNumber, generation), (key, payload) => {
    const { kind, field, page } = parseKey(key)!
    records.set(`${kind} ${field} ${page}`, Buffer.from(payload).toString('hex'))
  })
  return records
}

test('mergeSegments: the records are those of a fresh build of the live documents, byte for byte', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const random = randomOf(seed)
    const store = await SegmentStore.open()
    const groups = randomGroups(random, 500)
    const kept: Group[] = []
    const views = []
    for (let from = 0; from < groups.length;) {
      const part = groups.slice(from, from + 1 + below(random, 200))
      const gone = new Set(rootsOf(flatten(part)).filter(() => random() < 0.3))
      kept.push(...part.filter((_, at) => !gone.has(rootsOf(flatten(part))[at]!)))
      views.push(viewOf(await store.flush(part), gone))
      from += part.length
    }
    const merged = await store.merge(views)
    const fresh = (await store.flush(kept)).info
    t.deepEqual({ ...merged, generation: 0 }, { ...fresh, generation: 0 }, `seed ${seed}`)
    const records = await recordsOf(store.store, merged.generation)
    t.deepEqual(records, await recordsOf(store.store, fresh.generation), `seed ${seed}`)
    t.is(records.size, merged.recordCount)
  }
})

test('mergeSegments: the info survives a manifest', async (t) => {
  const store = await SegmentStore.open()
  const { info } = await store.flush(randomGroups(randomOf(9), 50))
  t.deepEqual(decodeRecord(encodeRecord(info)) as SegmentInfo, info)
})

test('mergeSegments: documents that come behind the watermark are left to the next flush', async (t) => {
  const random = randomOf(10)
  const store = await SegmentStore.open()
  const buffer = store.buffer(randomGroups(random, 20))
  const view = buffer.view()
  for (const { document } of randomGroups(random, 20, 'later')) buffer.append(document, 1, 1)
  const segment = store.open(await store.merge([view]))
  t.is(segment.rootCount, 20)
  t.is(segment.docIdOf('later-0'), -1)
})

test('mergeSegments: an aborted merge ends with the reason', async (t) => {
  const store = await SegmentStore.open()
  const view = store.buffer(randomGroups(randomOf(11), 200)).view()
  const target = { index: indexNumber, generation: 99, store: store.store }
  const reason = new Error('enough')
  const options = { seed: 1, threads: 0, signal: AbortSignal.abort(reason) }
  t.is(await t.throwsAsync(mergeSegments([view], target, options)), reason)
})

test('mergeSegments: progress grows to the total', async (t) => {
  const store = await SegmentStore.open()
  const view = store.buffer(randomGroups(randomOf(12), 100)).view()
  const target = { index: indexNumber, generation: 99, store: store.store }
  const told: [number, number][] = []
  const onProgress = (done: number, total: number): void => void told.push([done, total])
  await mergeSegments([view], target, { seed: 1, threads: 0, onProgress })
  for (const [at, [done, total]] of told.entries()) {
    t.true(done <= total)
    t.true(at === 0 || done >= told[at - 1]![0])
  }
  const [done, total] = told.at(-1) ?? [0, 1]
  t.is(done, total)
})

test('mergeSegments: a large document stands alone in its record, small ones share one', async (t) => {
  const random = randomOf(13)
  const store = await SegmentStore.open()
  const small = randomGroups(random, 10)
  const made = randomGroup(random, 'large', 1)
  const source = { text: Buffer.alloc(3_000_000, 'x'), cuts: [] }
  const large = { ...made, document: { ...made.document, source } }
  const more = randomGroups(random, 10, 'more')
  const segment = await store.flush([...small, large, ...more])
  t.is(segment.info.stored.recordCount, 3)
  const docId = segment.docIdOf('large')
  t.is(segment.stored(docId).source().length, 3_000_000)
  t.is(segment.stored(docId + more[0]!.document.docs.length).id, 'more-0')
})

test('mergeSegments: a document of very many values is written in several batches', async (t) => {
  const store = await SegmentStore.open()
  const [group] = randomGroups(randomOf(13), 1)
  const random = randomOf(14)
  const values = Array.from({ length: 300_000 }, () => BigInt(Math.floor(random() * 2 ** 52)))
  const columns = [{ field: fields.count, values }]
  const docs = group!.document.docs.map((doc) => (doc.path === '' ? { ...doc, columns } : doc))
  const buffer = store.buffer([])
  buffer.append({ ...group!.document, docs }, 1, 1)
  const batches: number[] = []
  const counting = new Proxy(store.store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...given: unknown[]): unknown => {
        const [records] = given as [readonly { readonly payload: Uint8Array }[]]
        if (name === 'commit')
          batches.push(records.reduce((sum, { payload }) => sum + payload.length, 0))
        return Reflect.apply(member, target, given)
      }
    }
  })
  const target = { index: indexNumber, generation: 99, store: counting }
  await mergeSegments([buffer.view()], target, { seed: 1, threads: 0 })
  t.true(Math.max(...batches) <= 2 ** 20, `batches of ${String(batches)} bytes`)
})
