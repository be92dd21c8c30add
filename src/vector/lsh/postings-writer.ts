/** Writes hash postings into pages (postings-format.ts). */
import { assert } from '../../util/index.ts'
import type { HashSpec, PageKind, PageSink } from '../types.ts'
import {
  chunkSize,
  firstsPerPage,
  frequencyMax,
  hasFrequencies,
  pageBytes,
  termsPerPage,
  wordsPerPostingPage,
  wordsPerTerm
} from './postings-format.ts'
import type { HashPostingsMeta, PostingPageCounts } from './postings-format.ts'

const wordMax = 2 ** 32

type FullPage = { readonly kind: PageKind; readonly page: number; readonly payload: Uint8Array }

export class HashPostingsWriter {
  readonly #sink: PageSink
  readonly #spec: HashSpec
  readonly #hasFrequencies: boolean
  readonly #isChunked: boolean
  #full: FullPage[] = []
  #ords = new Uint32Array(1024)
  #frequencies = new Uint32Array(1024)
  #postingCount = 0
  readonly #words = new Uint16Array(wordsPerPostingPage)
  #wordCount = 0
  readonly #terms = new Uint32Array(2 + wordsPerTerm * termsPerPage)
  #termsInPage = 0
  #termCount = 0
  #termPageCount = 0
  /** Lower and upper half of the first key of every page. */
  readonly #firsts: number[] = []

  /** @param count  Vectors of the index. */
  constructor(spec: HashSpec, count: number, sink: PageSink) {
    this.#spec = spec
    this.#sink = sink
    this.#hasFrequencies = hasFrequencies(spec)
    this.#isChunked = count > chunkSize
  }

  /** Adds a posting of the current term; ordinals ascend. */
  add(ord: number, frequency: number): void {
    const at = this.#postingCount++
    assert(at === 0 || ord > this.#ords[at - 1]!, 'ordinals of a term ascend')
    if (at === this.#ords.length) {
      this.#ords = grown(this.#ords)
      this.#frequencies = grown(this.#frequencies)
    }
    this.#ords[at] = ord
    this.#frequencies[at] = frequency
  }

  /** Ends the current term; one without postings leaves nothing. Keys ascend. */
  endTerm(low: number, high: number): void {
    if (this.#postingCount === 0) return
    if (this.#termsInPage === termsPerPage) this.#endTermPage()
    const terms = this.#terms
    const at = 1 + wordsPerTerm * this.#termsInPage++
    if (at === 1) this.#firsts.push(low, high)
    terms[at] = this.#wordCount
    terms[at + 1] = high
    terms[at + 2] = low
    assert(at === 1 || ascends(terms, at), 'terms ascend by key')
    this.#writePostings()
    this.#termCount += 1
    this.#postingCount = 0
  }

  /** Whether pages wait for flush(). */
  get hasFullPages(): boolean {
    return this.#full.length > 0
  }

  async flush(): Promise<void> {
    const full = this.#full
    this.#full = []
    for (const { kind, page, payload } of full) await this.#sink(kind, page, payload)
  }

  async finish(): Promise<{
    readonly meta: HashPostingsMeta
    readonly pageCounts: PostingPageCounts
  }> {
    assert(this.#postingCount === 0, 'the last term has ended')
    if (this.#termsInPage > 0) this.#endTermPage()
    const hashPostings = Math.ceil(this.#wordCount / wordsPerPostingPage)
    const rest = this.#wordCount % wordsPerPostingPage
    if (rest > 0) this.#put('hashPostings', hashPostings - 1, this.#words.slice(0, rest))
    const hashTerms = this.#putFirsts()
    await this.flush()
    const meta = {
      spec: this.#spec,
      termCount: this.#termCount,
      wordCount: this.#wordCount,
      termPageCount: this.#termPageCount
    }
    return { meta, pageCounts: { hashTerms, hashPostings } }
  }

  #writePostings(): void {
    let from = 0
    while (from < this.#postingCount) {
      const chunk = Math.floor(this.#ords[from]! / chunkSize)
      let to = from
      while (to < this.#postingCount && Math.floor(this.#ords[to]! / chunkSize) === chunk) to += 1
      assert(this.#isChunked || chunk === 0, 'ordinals are below the size of the index')
      if (this.#isChunked) {
        this.#word(chunk)
        this.#word(to - from - 1)
      }
      for (; from < to; from++) {
        this.#word(this.#ords[from]! % chunkSize)
        if (this.#hasFrequencies) this.#frequency(this.#frequencies[from]!)
      }
    }
  }

  #frequency(frequency: number): void {
    assert(frequency <= frequencyMax, 'a frequency is at most 65,535')
    this.#word(frequency)
  }

  #word(word: number): void {
    const at = this.#wordCount++ % wordsPerPostingPage
    this.#words[at] = word
    if (at + 1 < wordsPerPostingPage) return
    assert(this.#wordCount < wordMax, 'postings are less than 8 GiB')
    this.#put('hashPostings', this.#wordCount / wordsPerPostingPage - 1, this.#words.slice())
  }

  #endTermPage(): void {
    const count = this.#termsInPage
    const end = 1 + wordsPerTerm * count
    this.#terms[0] = count
    this.#terms[end] = this.#wordCount
    this.#put('hashTerms', this.#termPageCount, this.#terms.slice(0, end + 1))
    this.#termPageCount += 1
    this.#termsInPage = 0
  }

  /** Gives the number of pages of terms, with these. */
  #putFirsts(): number {
    const firsts = Uint32Array.from(this.#firsts)
    let page = this.#termPageCount
    for (let from = 0; from < firsts.length; from += 2 * firstsPerPage) {
      this.#put('hashTerms', page, firsts.slice(from, from + 2 * firstsPerPage))
      page += 1
    }
    return page
  }

  #put(kind: PageKind, page: number, values: Uint16Array | Uint32Array): void {
    const payload = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    assert(payload.length <= pageBytes, 'a page has at most 16 KiB')
    this.#full.push({ kind, page, payload })
  }
}

/** Whether the term at a word of its page has a larger key than the one before. */
function ascends(terms: Uint32Array, at: number): boolean {
  const above = terms[at + 1]! - terms[at + 1 - wordsPerTerm]!
  return above > 0 || (above === 0 && terms[at + 2]! > terms[at + 2 - wordsPerTerm]!)
}

function grown(old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(old.length * 2)
  next.set(old)
  return next
}
