/** Merges the terms of every field: dictionaries as one sequence, postings of a term source after source, then the norms. */
import { writeDocSet } from './doc-set-writer.ts'
import type { SourceDocs } from './merge-plan.ts'
import type { MergeRun } from './merge-run.ts'
import { mergeSorted } from './merge-sorted.ts'
import { encodeNorm } from './norm-code.ts'
import type { TermsInfo } from './postings-format.ts'
import { PostingsWriter } from './postings-writer.ts'
import type { FieldInfo, TermsReader } from './types.ts'
import { BitSet } from '../util/index.ts'

type TermsSource = { readonly source: SourceDocs; readonly terms: TermsReader }

export async function mergeTerms(run: MergeRun): Promise<TermsInfo[]> {
  const infos: TermsInfo[] = []
  for (const field of run.plan.fields) {
    const sources: TermsSource[] = []
    for (const source of run.plan.sources) {
      const terms = source.reader.terms(field.number)
      if (terms !== null) sources.push({ source, terms })
    }
    if (sources.length === 0) continue
    const docs = await docsWithField(run, sources)
    if (docs.next(0) >= 0) infos.push(await mergeField(run, field, sources, docs))
  }
  return infos
}

async function docsWithField(run: MergeRun, sources: readonly TermsSource[]): Promise<BitSet> {
  const docs = new BitSet(run.plan.docCount)
  for (const { source, terms } of sources) {
    await source.forEachLive(terms.docsWithField(), run.sink, (_, newDoc) => docs.add(newDoc))
  }
  return docs
}

async function mergeField(
  run: MergeRun,
  field: FieldInfo,
  sources: readonly TermsSource[],
  docs: BitSet
): Promise<TermsInfo> {
  const withPositions = field.postings === 'positions'
  const { sink } = run
  const writer = new PostingsWriter(run.stream('terms'), run.stream('postings'), withPositions)
  const docsWithTerm = new BitSet(run.plan.docCount)
  let sumTotalTermFreq = 0
  const entries = sources.map(({ source }) => source.reader.termEntries(field.number))
  for (const { term, found } of mergeSorted(entries)) {
    for (const { source: at, entry } of found) {
      const { source } = sources[at]!
      const postings = entry.postings()
      for (let doc = postings.next(); doc < source.docCount; doc = postings.next()) {
        const newDoc = source.newDoc(doc)
        if (newDoc < 0) continue
        sumTotalTermFreq += postings.freq()
        docsWithTerm.add(newDoc)
        writer.add(newDoc, postings.positions())
        if (sink.due()) await sink.pause()
      }
    }
    writer.endTerm(term)
    if (sink.due()) await sink.pause()
  }
  const docCount = docsWithTerm.count()
  const norms = await mergeNorms(run, sources, docs, withPositions)
  const dictionary = writer.finish()
  return { field: field.number, withPositions, docCount, sumTotalTermFreq, dictionary, ...norms }
}

async function mergeNorms(
  run: MergeRun,
  sources: readonly TermsSource[],
  docs: BitSet,
  withPositions: boolean
): Promise<Pick<TermsInfo, 'docs' | 'norms'>> {
  const stream = run.stream('fieldNorms')
  const info = writeDocSet(stream, docs)
  const norms = stream.offset
  if (!withPositions) return { docs: info, norms }
  for (const { source, terms } of sources) {
    await source.forEachLive(terms.docsWithField(), run.sink, (docId) =>
      stream.u8(encodeNorm(terms.lengthOf(docId)))
    )
  }
  return { docs: info, norms }
}
