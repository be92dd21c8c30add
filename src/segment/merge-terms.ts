/** Merges the terms of every field: dictionaries as one sequence, postings of a term source after source, then the norms. */
import { writeDocSet } from './doc-set-writer.ts'
import type { SourceDocs } from './merge-plan.ts'
import type { MergeRun } from './merge-run.ts'
import { mergeSorted } from './merge-sorted.ts'
import type { MergedTerm } from './merge-sorted.ts'
import type { TermEntry } from './merge-source.ts'
import { encodeNorm } from './norm-code.ts'
import type { TermsInfo } from './postings-format.ts'
import { PostingsWriter } from './postings-writer.ts'
import type { FieldInfo, PostingsIterator, TermsReader } from './types.ts'
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
  const writer = new PostingsWriter(run.stream('terms'), run.stream('postings'), withPositions)
  const entries = sources.map(({ source }) => source.reader.termEntries(field.number))
  const merge = new PostingsMerge(run, sources, mergeSorted(entries), writer)
  while (merge.goOn()) await run.sink.pause()
  const { sumTotalTermFreq } = merge
  const docCount = merge.docsWithTerm.count()
  const norms = await mergeNorms(run, sources, docs, withPositions)
  const dictionary = writer.finish()
  return { field: field.number, withPositions, docCount, sumTotalTermFreq, dictionary, ...norms }
}

/**
 * Term after term, source after source. Why not as loops of one async function: V8 optimizes the inner loop of a function that is
 * called once, and goes back to its interpreter at each end of it, which is at each term.
 */
class PostingsMerge {
  readonly docsWithTerm: BitSet
  sumTotalTermFreq = 0
  readonly #sink: MergeRun['sink']
  readonly #sources: readonly TermsSource[]
  readonly #terms: Iterator<MergedTerm<TermEntry>>
  readonly #writer: PostingsWriter
  #term: string | null = null
  #found: MergedTerm<TermEntry>['found'] = []
  #foundCount = 0
  /** Of one term in one source; null: its end was reached. */
  #postings: PostingsIterator | null = null
  #source: SourceDocs

  constructor(
    { plan, sink }: MergeRun,
    sources: readonly TermsSource[],
    terms: Iterable<MergedTerm<TermEntry>>,
    writer: PostingsWriter
  ) {
    this.docsWithTerm = new BitSet(plan.docCount)
    this.#sink = sink
    this.#sources = sources
    this.#source = sources[0]!.source
    this.#terms = terms[Symbol.iterator]()
    this.#writer = writer
  }

  /** True when it is time for a pause, false when all is written. */
  goOn(): boolean {
    for (;;) {
      if (this.#postings === null && !this.#nextPostings()) return false
      if (!this.#addDocs() || this.#sink.due()) return true
    }
  }

  #nextPostings(): boolean {
    while (this.#foundCount === this.#found.length) {
      if (this.#term !== null) this.#writer.endTerm(this.#term)
      const next = this.#terms.next()
      if (next.done === true) return false
      this.#term = next.value.term
      this.#found = next.value.found
      this.#foundCount = 0
    }
    const { source, entry } = this.#found[this.#foundCount++]!
    this.#source = this.#sources[source]!.source
    this.#postings = entry.postings()
    return true
  }

  /** True when these postings have no more, false when it is time for a pause. */
  #addDocs(): boolean {
    const postings = this.#postings!
    const source = this.#source
    for (let doc = postings.next(); doc < source.docCount; doc = postings.next()) {
      const newDoc = source.newDoc(doc)
      if (newDoc < 0) continue
      this.sumTotalTermFreq += postings.freq()
      this.docsWithTerm.add(newDoc)
      this.#writer.add(newDoc, postings.positions())
      if (this.#sink.due()) return false
    }
    this.#postings = null
    return true
  }
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
