/** Documents: who is there, who has a field, what was stored, ids both ways. */
import { noMoreDocs } from '../../../src/segment/index.ts'
import type { FieldInfo, PostingsIterator } from '../../../src/segment/index.ts'
import { fields, rootsOf } from '../../support/segment-documents.ts'
import type { FlatDoc } from '../../support/segment-documents.ts'
import { valuesOf, walkAtRandom } from './case.ts'
import type { SegmentCases } from './case.ts'

export const documentCases: SegmentCases = {
  'documents, roots, parents and paths are those that came in': ({ t, reader, docs }) => {
    const roots = rootsOf(docs)
    t.is(reader.docCount, docs.length)
    t.is(reader.rootCount, roots.length)
    t.is(reader.parents === null, roots.length === docs.length)
    for (const [docId, { doc, isRoot }] of docs.entries()) {
      t.is(reader.parents?.has(docId) ?? true, isRoot)
      t.is(reader.pathOf(docId), doc.path)
    }
  },

  'docsWithField: who has the field in any form': ({ t, reader, docs, random }) => {
    for (const field of Object.values(fields)) {
      const wanted = docs.flatMap(({ doc }, docId) => (has(doc, field) ? [docId] : []))
      t.deepEqual(allOf(reader.docsWithField(field)), wanted, field.name)
      walkAtRandom(t, reader.docsWithField(field), wanted, docs.length, random)
    }
  },

  'stored documents come back byte for byte, by id': ({ t, reader, docs, random }) => {
    for (const [docId, { isRoot, group }] of docs.entries()) {
      if (!isRoot) continue
      const stored = reader.stored(docId)
      t.is(stored.id, group.document.id)
      t.is(reader.idOf(docId), group.document.id)
      t.is(stored.routing, group.document.routing)
      t.is(stored.version, group.version)
      t.is(stored.seqNo, group.seqNo)
      t.is(Buffer.from(stored.source()).toString(), group.text)
      t.is(reader.docIdOf(group.document.id), docId)
    }
    const roots = rootsOf(docs).filter(() => random() < 0.5)
    t.deepEqual(
      reader.idsOf(roots),
      roots.map((docId) => docs[docId]!.group.document.id)
    )
    for (const absent of ['', 'id', 'id-', 'id-00', 'zz', 'id-1000000'])
      t.is(reader.docIdOf(absent), -1)
  }
}

function allOf(docs: PostingsIterator): number[] {
  const all: number[] = []
  for (let doc = docs.next(); doc !== noMoreDocs; doc = docs.next()) all.push(doc)
  return all
}

function has(doc: FlatDoc['doc'], field: FieldInfo): boolean {
  return (
    valuesOf(doc, field).length > 0 ||
    doc.terms.some((each) => each.field === field) ||
    doc.vectors.some((each) => each.field === field) ||
    doc.present.includes(field.name)
  )
}
