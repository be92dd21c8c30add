/** Hash postings in pages (postings-format.ts), read through a page source. */
import type { BitSet } from '../../util/index.ts'
import { assert, VectorStoreError } from '../../util/index.ts'
import type { CommonCounts, HashHits, HashPostings, PostingEntries } from '../hash-postings.ts'
import type { HashSpec, PageSource, PageTable, VectorIndexMeta } from '../types.ts'
import { KernelContext } from '../kernels/context.ts'
import type { HashTerms } from './hash-terms.ts'
import { HitCounter } from './hit-counter.ts'
import {
  chunkSize,
  firstsPerPage,
  hasFrequencies,
  pageBytes,
  postingBlockBytes,
  postingFlags,
  termsPerPage,
  wordsPerPostingPage,
  wordsPerTerm
} from './postings-format.ts'
import type { HashPostingsMeta, PostingPageCounts } from './postings-format.ts'

export class PagedHashPostings implements HashPostings {
  readonly spec: HashSpec
  readonly #meta: HashPostingsMeta
  readonly #count: number
  readonly #source: PageSource
  readonly #context: KernelContext
  readonly #termPages: PageTable
  readonly #postingPages: PageTable
  readonly #isChunked: boolean
  readonly #hasFrequencies: boolean
  readonly #bytes: { readonly terms: number; readonly postings: number }
  /** Block and first keys of the pages in kernel memory; 0 until they are needed. */
  #block = 0
  #firsts = 0

  /** @param count  Vectors of the index. */
  constructor(
    meta: HashPostingsMeta,
    pageCounts: PostingPageCounts,
    count: number,
    source: PageSource
  ) {
    this.spec = meta.spec
    this.#meta = meta
    this.#count = count
    this.#source = source
    this.#context = KernelContext.of(source)
    this.#isChunked = count > chunkSize
    this.#hasFrequencies = hasFrequencies(meta.spec)
    this.#termPages = source.table('hashTerms', pageCounts.hashTerms)
    this.#postingPages = source.table('hashPostings', pageCounts.hashPostings)
    const { termCount, termPageCount, wordCount } = meta
    this.#bytes = { terms: termCount * 12 + termPageCount * 16, postings: wordCount * 2 }
  }

  candidates(terms: HashTerms, wanted: number, accept: BitSet | null): HashHits {
    return this.#counted(terms).take(wanted, accept)
  }

  candidateOrds(terms: HashTerms, wanted: number, accept: BitSet | null): Uint32Array {
    return this.#counted(terms).takeOrds(wanted, accept)
  }

  commonCounts(terms: HashTerms): CommonCounts {
    return this.#counted(terms).common
  }

  #counted(terms: HashTerms): HitCounter {
    const counter = HitCounter.of(this.#source)
    counter.start(this.#count, terms)
    counter.countPages(this.#openBlock(), terms)
    return counter
  }

  sizeInBytes(): { readonly terms: number; readonly postings: number } {
    return this.#bytes
  }

  close(): void {
    if (this.#block !== 0) this.#source.free(this.#block)
    if (this.#firsts !== 0) this.#source.free(this.#firsts)
    this.#block = 0
    this.#firsts = 0
    this.#termPages.close()
    this.#postingPages.close()
  }

  #openBlock(): number {
    if (this.#block !== 0) return this.#block
    const { termCount, termPageCount } = this.#meta
    // There already where the last attempt failed at a page.
    this.#firsts ||= this.#source.allocate(Math.max(1, termPageCount) * 8)
    const firsts = this.#firsts
    const { buffer } = this.#source.memory
    for (let page = 0; page * firstsPerPage < termPageCount; page++) {
      const count = Math.min(firstsPerPage, termPageCount - page * firstsPerPage)
      const kept = new Uint8Array(buffer, firsts + page * pageBytes, count * 8)
      this.#context.stable(() => {
        kept.set(this.#termPages.page(termPageCount + page).subarray(0, count * 8))
      })
    }
    const block = this.#source.allocate(postingBlockBytes)
    const flags =
      (this.#hasFrequencies ? postingFlags.frequencies : 0) |
      (this.#isChunked ? postingFlags.chunks : 0)
    const { address: terms, id: termsId } = this.#termPages
    const { address: postings, id: postingsId } = this.#postingPages
    const words = [terms, termsId, postings, postingsId, firsts, termPageCount, flags, termCount]
    new Uint32Array(buffer, block, words.length).set(words)
    this.#block = block
    return block
  }

  entries(): PostingEntries {
    const { termPageCount } = this.#meta
    let page = -1
    let at = 0
    let terms: TermPage = { count: 0, words: new Uint32Array(2) }
    const next = (): boolean => {
      at += 1
      if (at < terms.count) return true
      page += 1
      if (page >= termPageCount) return false
      terms = this.#termPage(page)
      at = 0
      return true
    }
    const wordOf = (word: number): number => terms.words[1 + wordsPerTerm * at + word]!
    return {
      next,
      get high() {
        return wordOf(1)
      },
      get low() {
        return wordOf(2)
      },
      // The next term starts where this one's postings end.
      visit: (take) => this.#visit(wordOf(0), wordOf(wordsPerTerm), take)
    }
  }

  /** A copy: frames may be evicted while the walk goes on. */
  #termPage(page: number): TermPage {
    const words = this.#context.stable(() => {
      const frame = this.#termPages.page(page)
      return new Uint32Array(frame.buffer, frame.byteOffset, pageBytes / 4).slice()
    })
    const count = words[0]!
    // The kernel does not read it.
    const wanted = Math.min(termsPerPage, this.#meta.termCount - page * termsPerPage)
    if (count === wanted) return { count, words }
    throw new VectorStoreError(
      'STORE_CHECKSUM',
      `a page of hash terms has ${count} terms, wanted ${wanted}`
    )
  }

  #visit(from: number, to: number, take: (ord: number, frequency: number) => void): void {
    const words = this.#words(from, to)
    const stride = this.#hasFrequencies ? 2 : 1
    let at = 0
    while (at < words.length) {
      let base = 0
      let end = words.length
      if (this.#isChunked) {
        base = words[at]! * chunkSize
        end = at + 2 + (words[at + 1]! + 1) * stride
        at += 2
      }
      for (; at < end; at += stride) take(base + words[at]!, stride === 2 ? words[at + 1]! : 1)
    }
  }

  /** A copy of words of the stream. */
  #words(from: number, to: number): Uint16Array {
    assert(from <= to && to <= this.#meta.wordCount, 'postings lie within their pages')
    const words = new Uint16Array(to - from)
    for (let at = from; at < to;) {
      const page = Math.floor(at / wordsPerPostingPage)
      const start = at - page * wordsPerPostingPage
      const count = Math.min(to - at, wordsPerPostingPage - start)
      const place = at - from
      this.#context.stable(() => {
        const frame = this.#postingPages.page(page)
        words.set(new Uint16Array(frame.buffer, frame.byteOffset + start * 2, count), place)
      })
      at += count
    }
    return words
  }
}

/** null: the vectors have no hash terms. */
export function openHashPostings(
  meta: VectorIndexMeta,
  source: PageSource
): PagedHashPostings | null {
  if (meta.hashes === undefined) return null
  const { hashTerms = 0, hashPostings = 0 } = meta.pageCounts
  return new PagedHashPostings(meta.hashes, { hashTerms, hashPostings }, meta.count, source)
}

type TermPage = { readonly count: number; readonly words: Uint32Array }
