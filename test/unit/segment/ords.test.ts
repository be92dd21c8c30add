import test from 'ava'
import { OrdsReader } from '../../../src/segment/ords-reader.ts'
import { writeOrds } from '../../../src/segment/ords-writer.ts'
import { noMoreDocs } from '../../../src/segment/index.ts'
import { below, bitsOf, randomOf } from '../../support/segment-documents.ts'
import { StreamPages } from '../../support/stream-pages.ts'

const given = [
  { title: 'all documents, as they come', docCount: 9000, share: 1, shuffled: false, form: 'same' },
  {
    title: 'some documents, as they come',
    docCount: 9000,
    share: 0.7,
    shuffled: false,
    form: 'same'
  },
  { title: 'all documents, renumbered', docCount: 10_001, share: 1, shuffled: true, form: 'table' },
  {
    title: 'most documents, renumbered',
    docCount: 9000,
    share: 0.6,
    shuffled: true,
    form: 'table'
  },
  {
    title: 'few documents, renumbered',
    docCount: 9000,
    share: 0.1,
    shuffled: true,
    form: 'sorted'
  },
  { title: 'one document', docCount: 1, share: 1, shuffled: true, form: 'same' }
] as const

for (const { title, docCount, share, shuffled, form } of given) {
  test(`ords: documents and ordinals lead to each other, ${title}`, async (t) => {
    const random = randomOf(50)
    const docs = Array.from({ length: docCount }, (_, doc) => doc).filter(() => random() < share)
    const order = [...docs]
    for (let at = shuffled ? order.length - 1 : 0; at > 0; at--) {
      const other = below(random, at + 1)
      ;[order[at], order[other]] = [order[other]!, order[at]!]
    }
    const pages = new StreamPages()
    const info = await writeOrds(pages.sink, 7, Uint32Array.from(order), docCount)
    t.is(info.form, form)
    const ords = new OrdsReader(await pages.opened('ords', 7, info.byteCount), info, docCount)
    const wanted = new Map(order.map((doc, ord) => [doc, ord]))
    for (let doc = 0; doc < docCount; doc++) t.is(ords.ordOf(doc), wanted.get(doc) ?? -1)
    for (const [ord, doc] of order.entries()) t.is(ords.docOf(ord), doc)
    t.deepEqual([...ords.docsOf(Uint32Array.from(order.keys()))], order)
    t.deepEqual([ords.ordOf(-1), ords.ordOf(docCount)], [-1, -1])
    for (const density of [0, 0.0003, 0.2, 1]) {
      const chosen = bitsOf(
        docCount,
        [...Array(docCount).keys()].filter(() => random() < density)
      )
      const found = ords.ordsOf(chosen)
      t.is(found.capacity, order.length)
      t.deepEqual(
        order.map((_, ord) => found.has(ord)),
        order.map((doc) => chosen.has(doc))
      )
    }
    const walk = ords.docs()
    for (let doc = -1; doc !== noMoreDocs;) {
      const target = doc + 1 + (random() < 0.5 ? 0 : below(random, 40))
      doc = target === walk.docId() + 1 ? walk.next() : walk.advance(target)
      t.is(doc, docs.find((each) => each >= target) ?? noMoreDocs)
    }
  })
}
