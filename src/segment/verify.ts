/**
 * Checks a segment against itself; what it finds, `leveret verify` prints.
 *
 *   1  every page and record that the info names is there and is what was written
 *   2  tree, ids and stored documents say the same of every root document
 *   3  columns, terms and postings are sorted, within range, and as many as their counts say
 *   4  vectors: documents and ordinals lead to each other; the index's own judge (a graph's links and entry)
 */
import { DiskSegment } from './segment-reader.ts'
import type { MergeSource } from './merge-source.ts'
import { asMergeSource } from './merge-source.ts'
import type { ColumnReader, FieldInfo, SegmentReader, TermsReader, VectorReader } from './types.ts'
import { AssertionFailure, compareTerms, VectorStoreError } from '../util/index.ts'

/** One broken part tells its kind; thousands of lines of the same tell no more. */
const faultsPerPartMax = 10

type Report = (fault: string) => void

/**
 * Lists what is wrong with a segment; empty when it is sound.
 *
 * Cost     reads every page of the segment; with `deep` every value too.
 *
 * @param deep  Checks contents, not only that all is there.
 */
export function verifySegment(reader: SegmentReader, deep: boolean): string[] {
  const source = asMergeSource(reader)
  const faults: string[] = []
  const check = (part: string, run: (report: Report) => void): void => {
    let count = 0
    const report: Report = (fault) => {
      count += 1
      if (count <= faultsPerPartMax) faults.push(`${part}: ${fault}`)
    }
    try {
      run(report)
    } catch (error) {
      const expected = error instanceof VectorStoreError || error instanceof AssertionFailure
      if (!expected) throw error
      report(error.message)
    }
    if (count > faultsPerPartMax) faults.push(`${part}: ${count - faultsPerPartMax} more`)
  }
  if (source instanceof DiskSegment)
    for (const { part, read } of source.parts()) check(part, () => read())
  check('parents', (report) => verifyParents(source, report))
  check('ids', (report) => verifyIds(source, deep, report))
  for (const field of source.fields) {
    const of = `field [${field.name}]`
    if (deep) check(`${of} column`, (report) => verifyColumn(source, field, report))
    if (deep) check(`${of} terms`, (report) => verifyTerms(source, field, report))
    check(`${of} vectors`, (report) => verifyVectors(source, field, deep, report))
  }
  return faults
}

function verifyParents({ parents, docCount, rootCount }: MergeSource, report: Report): void {
  const count = parents === null ? docCount : parents.count()
  if (count !== rootCount) report(`${count} root documents, wanted ${rootCount}`)
  if (parents !== null && !parents.has(docCount - 1)) report('the last document is no root')
}

function verifyIds(reader: MergeSource, deep: boolean, report: Report): void {
  let last: string | null = null
  let count = 0
  for (const { id, docId } of reader.ids()) {
    if (last !== null && compareTerms(last, id) > 0) report('ids do not ascend')
    last = id
    count += 1
    if (docId >= reader.docCount || !(reader.parents?.has(docId) ?? true)) {
      report(`an id leads to document ${docId}, which is no root`)
      continue
    }
    if (!deep) continue
    const stored = reader.stored(docId)
    if (stored.id !== id) report(`the stored document ${docId} has another id`)
    if (reader.idOf(docId) !== id) report(`document ${docId} is listed with another id`)
    if (reader.docIdOf(id) < docId) report(`the id of document ${docId} is not found`)
    stored.source()
  }
  if (count !== reader.rootCount) report(`${count} ids, wanted ${reader.rootCount}`)
}

function verifyColumn(reader: MergeSource, field: FieldInfo, report: Report): void {
  const column = reader.column(field.number)
  const docs = reader.columnDocs(field.number)
  if (column === null || docs === null) return
  let last = -1
  let valueCount = 0
  for (let doc = docs.next(); doc < reader.docCount; doc = docs.next()) {
    if (doc <= last) report(`document ${doc} follows ${last}`)
    last = doc
    const count = column.count(doc)
    if (count === 0) report(`document ${doc} has no values`)
    valueCount += count
    for (let at = 1; at < count; at++)
      if (!ascends(column, doc, at)) report(`values of document ${doc} do not ascend`)
    if (column.kind === 'keyword' && column.ordAt(doc, count - 1) >= column.valueCount)
      report(`document ${doc} has an ordinal beyond the ${column.valueCount} values`)
  }
  if (column.kind !== 'keyword') {
    if (valueCount !== column.valueCount)
      report(`${valueCount} values, wanted ${column.valueCount}`)
    return
  }
  for (let ord = 1; ord < column.valueCount; ord++)
    if (compareTerms(column.keywordOf(ord - 1), column.keywordOf(ord)) >= 0)
      report(`value ${ord} does not follow the one before`)
}

function ascends(column: ColumnReader, doc: number, at: number): boolean {
  if (column.kind === 'long') return column.longAt(doc, at - 1) <= column.longAt(doc, at)
  if (column.kind === 'double') return column.doubleAt(doc, at - 1) <= column.doubleAt(doc, at)
  return column.ordAt(doc, at - 1) < column.ordAt(doc, at)
}

function verifyTerms(reader: MergeSource, field: FieldInfo, report: Report): void {
  const terms = reader.terms(field.number)
  if (terms === null) return
  let last: string | null = null
  let sumTotalTermFreq = 0
  for (const { term } of reader.termEntries(field.number)) {
    if (last !== null && compareTerms(last, term) >= 0) report('terms do not ascend')
    last = term
    sumTotalTermFreq += verifyPostings(reader, terms, term, report)
  }
  if (sumTotalTermFreq !== terms.sumTotalTermFreq)
    report(`${sumTotalTermFreq} tokens, wanted ${terms.sumTotalTermFreq}`)
  const docs = terms.docsWithField()
  let count = 0
  for (let doc = docs.next(); doc < reader.docCount; doc = docs.next()) {
    count += 1
    terms.lengthOf(doc)
  }
  if (count < terms.docCount) report(`${count} documents, wanted at least ${terms.docCount}`)
}

/** Returns the tokens. */
function verifyPostings(
  reader: MergeSource,
  terms: TermsReader,
  term: string,
  report: Report
): number {
  const postings = terms.postings(term)
  if (postings === null) {
    report('a term of the dictionary is not found')
    return 0
  }
  let last = -1
  let docFreq = 0
  let tokens = 0
  for (let doc = postings.next(); doc < reader.docCount; doc = postings.next()) {
    if (doc <= last) report(`postings go from document ${last} to ${doc}`)
    last = doc
    docFreq += 1
    tokens += postings.freq()
    const positions = postings.positions()
    for (let at = 1; at < positions.length; at++)
      if (positions[at]! < positions[at - 1]!) report(`positions of document ${doc} do not ascend`)
  }
  if (docFreq !== terms.docFreq(term))
    report(`postings of ${docFreq} documents, wanted ${terms.docFreq(term)}`)
  return tokens
}

function verifyVectors(reader: MergeSource, field: FieldInfo, deep: boolean, report: Report): void {
  const vectors = reader.vectors(field.number)
  if (vectors === null) return
  for (const fault of vectors.index.validate()) report(fault)
  for (let ord = 0; ord < vectors.index.size; ord++)
    verifyVector(reader, vectors, ord, deep, report)
  if (reader instanceof DiskSegment)
    for (const { field: number, error } of reader.damaged)
      if (number === field.number) report(error.message)
}

function verifyVector(
  reader: MergeSource,
  vectors: VectorReader,
  ord: number,
  deep: boolean,
  report: Report
): void {
  const docId = vectors.docOf(ord)
  if (docId >= reader.docCount) report(`vector ${ord} belongs to document ${docId}`)
  else if (vectors.ordOf(docId) !== ord)
    report(`vector ${ord} of document ${docId} is found as ${vectors.ordOf(docId)}`)
  if (deep) vectors.index.vectorAt(ord)
}
