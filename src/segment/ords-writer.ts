/** Writes which document a vector belongs to and back (ords-format.ts). */
import { noOrd, wordsPerOrdsPage } from './ords-format.ts'
import type { OrdsInfo } from './ords-format.ts'
import type { RecordSink } from './record-sink.ts'

/** @param docs  docId by ord. */
export async function writeOrds(
  sink: RecordSink,
  field: number,
  docs: Uint32Array,
  docCount: number
): Promise<OrdsInfo> {
  const form = isAscending(docs) ? 'same' : docs.length * 2 >= docCount ? 'table' : 'sorted'
  const back = form === 'same' ? new Uint32Array(0) : await backward(sink, docs, docCount, form)
  const words = new Uint32Array(docs.length + back.length)
  words.set(docs)
  words.set(back, docs.length)
  for (let page = 0; page * wordsPerOrdsPage < words.length; page++) {
    const slice = words.slice(page * wordsPerOrdsPage, (page + 1) * wordsPerOrdsPage)
    sink.put('ords', field, page, new Uint8Array(slice.buffer))
    if (sink.due()) await sink.pause()
  }
  return { ordCount: docs.length, form, byteCount: words.byteLength }
}

async function backward(
  sink: RecordSink,
  docs: Uint32Array,
  docCount: number,
  form: 'table' | 'sorted'
): Promise<Uint32Array> {
  const table = new Uint32Array(docCount).fill(noOrd)
  for (let ord = 0; ord < docs.length; ord++) {
    table[docs[ord]!] = ord
    if (sink.due()) await sink.pause()
  }
  // No sort: a table in the order of documents without its gaps is sorted.
  return form === 'table' ? table : table.filter((ord) => ord !== noOrd)
}

function isAscending(docs: Uint32Array): boolean {
  for (let ord = 1; ord < docs.length; ord++) if (docs[ord - 1]! >= docs[ord]!) return false
  return true
}
