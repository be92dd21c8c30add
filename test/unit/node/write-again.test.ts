import test from 'ava'
import { writeAgain } from '../../../src/node/index.ts'
import { noteFields } from '../../support/notes.ts'
import type { Note } from '../../support/notes.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

type Item = { readonly id: string | null; readonly refused?: boolean }

function again(items: readonly Item[], ids: Set<string> = new Set()): number[] {
  const left = writeAgain(
    items,
    (at) => items[at]?.refused === true,
    ({ id }) => id,
    ids
  )
  return left.map((item) => items.indexOf(item))
}

test('writeAgain: what is behind a refused item and has its id comes again, what is before it or has none does not', (t) => {
  const items = [
    { id: 'a' },
    { id: 'a', refused: true },
    { id: 'b' },
    { id: null, refused: true },
    { id: null },
    { id: 'a' }
  ]
  t.deepEqual(again(items), [1, 3, 5])
  t.deepEqual(again([{ id: 'a' }, { id: 'b' }]), [])
})

test('writeAgain: a batch behind the refused one writes its ids again, the batch after that no longer', (t) => {
  const ids = new Set<string>()
  t.deepEqual(again([{ id: 'a', refused: true }], ids), [0])
  t.deepEqual(again([{ id: 'b' }, { id: 'a' }], ids), [1])
  t.deepEqual([...ids], ['a'])
  t.deepEqual(again([{ id: 'b' }], ids), [])
  t.deepEqual(again([{ id: 'a' }], ids), [])
})

test('putMany: the last word on an id stays the last when an earlier one waited for room', async (t) => {
  const mebibyte = 2 ** 20
  const folder = await temporaryFolder(t)
  const db = await openDatabase(t, folder, { flushBytes: mebibyte, pendingBytesMax: mebibyte })
  const notes = await db.createIndex<Note>('notes', noteFields)
  const long = 'lake '.repeat(mebibyte / 20)
  // Three of these do not fit at once, so some are refused; what follows is small and finds room.
  const docs = Array.from({ length: 12 }, (_, at) => [
    [`n${at % 4}`, { year: at, title: long }] as const,
    [`n${at % 4}`, { year: 1000 + at, title: 'hill' }] as const
  ]).flat()
  await notes.putMany(docs)
  for (let at = 8; at < 12; at++) t.is(notes.get(`n${at % 4}`)?.year, 1000 + at)
})
