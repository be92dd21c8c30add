import test from 'ava'
import { docIdsReader } from '../../../src/segment/doc-ids-reader.ts'
import type { DocIdsReader } from '../../../src/segment/doc-ids-reader.ts'
import { docIdsWriter } from '../../../src/segment/doc-ids-writer.ts'
import type { DocIdsInfo } from '../../../src/segment/doc-ids-format.ts'
import { PageStreamWriter } from '../../../src/segment/page-stream-writer.ts'
import { below, randomOf } from '../../support/segment-documents.ts'
import { StreamPages } from '../../support/stream-pages.ts'

const seed = 77
const docCount = 7001
const random = randomOf(seed)
const pick = (length: number, letters: string): string =>
  Array.from({ length }, () => [...letters][below(random, [...letters].length)]).join('')

const given: readonly { title: string; form: string; idOf: (doc: number) => string }[] = [
  { title: 'numbers', form: 'slots', idOf: String },
  { title: 'long ones of one length', form: 'slots', idOf: () => pick(36, 'abcdef0123456789') },
  { title: 'letters beyond ASCII', form: 'slots', idOf: () => pick(3, 'äßλж') },
  { title: 'letters of all lengths', form: 'groups', idOf: () => pick(3, 'aäλ語😀') },
  {
    title: 'children without ids',
    form: 'slots',
    idOf: (doc) => (doc % 5 !== 2 ? `${doc + 10_000_000_000}` : '')
  },
  {
    title: 'a very long one among short ones',
    form: 'groups',
    idOf: (doc) => (doc === 4000 ? pick(512, 'x') : `${doc}`)
  },
  { title: 'all lengths', form: 'groups', idOf: () => pick(1 + below(random, 200), 'äb') },
  { title: 'all of the greatest length', form: 'groups', idOf: () => pick(512, 'xyz') }
]

async function written(ids: readonly string[]): Promise<[DocIdsReader, DocIdsInfo]> {
  const pages = new StreamPages()
  const stream = new PageStreamWriter(pages.sink, 'docIds')
  const bytes = ids.map((id) => Buffer.byteLength(id))
  const lengths = {
    longestBytes: Math.max(...bytes),
    totalBytes: bytes.reduce((sum, each) => sum + each, 0)
  }
  const writer = docIdsWriter(stream, lengths, ids.length)
  for (const id of ids) writer.add(id)
  const info = writer.finish()
  return [docIdsReader(await pages.opened('docIds', 0, stream.finish()), info), info]
}

for (const { title, form, idOf } of given) {
  test(`docIdsReader: each document has the id that was written, ${title}`, async (t) => {
    const ids = Array.from({ length: docCount }, (_, doc) => idOf(doc))
    const [reader, info] = await written(ids)
    t.is(info.form, form as 'slots')
    t.deepEqual(
      ids.map((_, doc) => reader.idOf(doc)),
      ids
    )
    const asked = ids.map(() => below(random, docCount))
    t.deepEqual(
      reader.idsOf(asked),
      asked.map((doc) => ids[doc]!)
    )
    t.deepEqual(reader.idsOf([]), [])
  })
}
