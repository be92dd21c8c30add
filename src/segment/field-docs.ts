/** Who has a field, in whatever form. */
import { BitSetIterator } from './doc-iterator.ts'
import type { MergeSource } from './merge-source.ts'
import type { FieldInfo, PostingsIterator } from './types.ts'
import { BitSet } from '../util/index.ts'

/** Documents that have the field in any form. */
export function fieldDocs(reader: MergeSource, field: FieldInfo): PostingsIterator {
  const forms = [
    reader.columnDocs(field.number),
    reader.terms(field.number)?.docsWithField() ?? null,
    reader.vectorDocs(field.number),
    reader.presentDocs(field.name)
  ].filter((docs) => docs !== null)
  if (forms.length === 1) return forms[0]!
  const union = new BitSet(reader.docCount)
  for (const docs of forms)
    for (let docId = docs.next(); docId < reader.docCount; docId = docs.next()) union.add(docId)
  return new BitSetIterator(union, reader.docCount, union.count())
}
