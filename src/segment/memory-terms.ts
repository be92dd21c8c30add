/** Terms of one field in the write buffer: a dictionary, and for every term its documents and positions in plain arrays. */
import { ArrayIterator } from './doc-iterator.ts'
import { insertionPoint, valuesAtOnceMax } from './memory-column.ts'
import { MemoryDictionary } from './memory-dictionary.ts'
import { MemoryDocs } from './memory-docs.ts'
import type { TermEntry } from './merge-source.ts'
import { decodeNorm, encodeNorm } from './norm-code.ts'
import { noMoreDocs } from './types.ts'
import type { PostingsIterator, TermOccurrences, TermsReader } from './types.ts'
import { assert, Growable, lowerBound } from '../util/index.ts'
import type { ListOf, Steps } from '../util/index.ts'

/** Append-only, so that an iterator over the first so many documents stays right while they grow. */
type Postings = {
  readonly docs: number[]
  /** Where the positions of each document end; null as long as each has one, or none: most terms of short texts. */
  ends: number[] | null
  /** null for fields without positions. */
  positions: number[] | Growable<Int32Array> | null
}

/** Lists that grow are copied, and longer ones again by the next collections of young objects: as many positions are numbers outside. */
const listedMax = 64

const bytesPerTerm = 12 // a slot and a position
const bytesPerPostings = 120 // object and three arrays; a guess
const bytesPerNumber = 8

export class MemoryTerms {
  readonly docs: MemoryDocs = new MemoryDocs()
  readonly #withPositions: boolean
  readonly dictionary: MemoryDictionary = new MemoryDictionary()
  /** By term; null: it came once, in the first document that has it. Most terms do, and four objects for each are four to mark. */
  readonly #postings: (Postings | null)[] = []
  /** Position of a term that came once; nothing of others. */
  readonly #positions = new Growable((length) => new Int32Array(length))
  readonly #norms = new Growable((length) => new Uint8Array(length))
  /** Tokens and documents with a token, up to and with each document of `docs`. */
  readonly #tokenSums = new Growable((length) => new Float64Array(length))
  readonly #docSums = new Growable((length) => new Int32Array(length))
  #postingsBytes = 0

  constructor(withPositions: boolean) {
    this.#withPositions = withPositions
  }

  get bytes(): number {
    const growing = this.#norms.byteLength + this.#tokenSums.byteLength + this.#docSums.byteLength
    return this.docs.bytes + this.dictionary.bytes + this.#postingsBytes + growing
  }

  append(docId: number, terms: ListOf<TermOccurrences>, length: number): void {
    this.#close(docId, length, terms.length, this.#add(docId, terms, 0, terms.length))
  }

  /** As append. Until the last step the document has no term. */
  *appendInSteps(docId: number, terms: ListOf<TermOccurrences>, length: number): Steps<void> {
    let tokens = 0
    for (let from = 0; from < terms.length; from += valuesAtOnceMax) {
      tokens += this.#add(docId, terms, from, Math.min(terms.length, from + valuesAtOnceMax))
      yield
    }
    this.#close(docId, length, terms.length, tokens)
  }

  /** @returns Tokens. */
  #add(docId: number, terms: ListOf<TermOccurrences>, from: number, to: number): number {
    let tokens = 0
    for (let at = from; at < to; at++) {
      const { term, positions } = terms.at(at)!
      const number = this.dictionary.add(term, docId)
      if (number === this.#postings.length) this.#addTerm(docId, positions)
      else this.#appendPostings(number, docId, positions)
      tokens += this.#withPositions ? positions.length : 1
    }
    return tokens
  }

  #close(docId: number, length: number, termCount: number, tokens: number): void {
    const at = this.#tokenSums.length
    this.docs.add(docId)
    this.#norms.push(this.#withPositions ? encodeNorm(length) : 1)
    this.#tokenSums.push((at === 0 ? 0 : this.#tokenSums.array[at - 1]!) + tokens)
    this.#docSums.push((at === 0 ? 0 : this.#docSums.array[at - 1]!) + (termCount > 0 ? 1 : 0))
  }

  #addTerm(docId: number, positions: readonly number[]): void {
    assert(!this.#withPositions || positions.length > 0, 'a term of a field with positions has one')
    const comesOnce = !this.#withPositions || positions.length === 1
    this.#positions.push(comesOnce && this.#withPositions ? positions[0]! : 0)
    this.#postings.push(comesOnce ? null : this.#newPostings(docId, positions))
    this.#postingsBytes += bytesPerTerm
  }

  #newPostings(docId: number, positions: readonly number[]): Postings {
    this.#postingsBytes += bytesPerPostings + bytesPerNumber
    if (!this.#withPositions) return { docs: [docId], ends: null, positions: null }
    this.#postingsBytes += bytesPerNumber * (positions.length + 1)
    const ends = positions.length === 1 ? null : [positions.length]
    return { docs: [docId], ends, positions: positions.slice() }
  }

  #appendPostings(number: number, docId: number, found: readonly number[]): void {
    let postings = this.#postings[number]!
    if (postings === null) {
      const position = this.#positions.array[number]!
      postings = this.#newPostings(this.dictionary.firstDoc(number), [position])
      this.#postings[number] = postings
    }
    const { docs } = postings
    assert(docs[docs.length - 1] !== docId, 'a term comes once in a document')
    docs.push(docId)
    this.#postingsBytes += bytesPerNumber
    if (postings.positions === null) return
    const { length } = found
    assert(length > 0, 'a term of a field with positions has one')
    const positions = grownBy(postings.positions, length)
    postings.positions = positions
    // From here on they are told one by one: what was there has one each.
    if (length > 1) postings.ends ??= Array.from({ length: positions.length }, (_, at) => at + 1)
    if (Array.isArray(positions)) for (let at = 0; at < length; at++) positions.push(found[at]!)
    else positions.append(found)
    postings.ends?.push(positions.length)
    this.#postingsBytes += bytesPerNumber * (length + 1)
  }

  /** Not kept where the term came once: who asks reads them and lets go. */
  #postingsOf(number: number): Postings {
    const postings = this.#postings[number]!
    if (postings !== null) return postings
    const docs = [this.dictionary.firstDoc(number)]
    if (!this.#withPositions) return { docs, ends: null, positions: null }
    return { docs, ends: null, positions: [this.#positions.array[number]!] }
  }

  *entries(docCount: number): Iterable<TermEntry> {
    const { terms } = this.dictionary
    for (const number of this.dictionary.sortedAt(this.dictionary.countAt(docCount)).order)
      yield { term: terms[number]!, postings: () => this.#iterator(number, docCount) }
  }

  #iterator(number: number, docCount: number): PostingsIterator {
    const postings = this.#postings[number]!
    if (postings !== null)
      return new MemoryPostings(postings, lowerBound(postings.docs, docCount, postings.docs.length))
    const position = this.#withPositions ? this.#positions.array[number]! : -1
    return new OncePostings(this.dictionary.firstDoc(number), position)
  }

  reader(docCount: number): TermsReader {
    const dictionary = this.dictionary
    const ranks = this.docs.ranks(docCount)
    const termCount = dictionary.countAt(docCount)
    const find = (term: string): Postings | null => {
      const number = dictionary.find(term)
      return number >= 0 && number < termCount ? this.#postingsOf(number) : null
    }
    const docFreqOf = (postings: Postings): number =>
      lowerBound(postings.docs, docCount, postings.docs.length)
    return {
      docCount: ranks.count === 0 ? 0 : this.#docSums.array[ranks.count - 1]!,
      sumTotalTermFreq: ranks.count === 0 ? 0 : this.#tokenSums.array[ranks.count - 1]!,
      postings(term) {
        const postings = find(term)
        return postings === null ? null : new MemoryPostings(postings, docFreqOf(postings))
      },
      docFreq(term) {
        const postings = find(term)
        return postings === null ? 0 : docFreqOf(postings)
      },
      visitTerms: (from, visit) => {
        const { order } = dictionary.sortedAt(termCount)
        const { terms } = dictionary
        let number = 0
        const postings = (): PostingsIterator => this.#iterator(number, docCount)
        for (let ord = insertionPoint(order, terms, from); ord < order.length; ord++) {
          number = order[ord]!
          if (!visit(terms[number]!, docFreqOf(this.#postingsOf(number)), postings)) return
        }
      },
      lengthOf: (docId) => {
        const rank = ranks.rankOf(docId)
        return rank < 0 ? 0 : decodeNorm(this.#norms.array[rank]!)
      },
      docsWithField: () => ranks.iterator()
    }
  }
}

/** Of a term that came once. Most terms of a merge are such: no array is made for them. */
class OncePostings implements PostingsIterator {
  readonly cost = 1
  readonly #only: number
  readonly #position: number
  #doc = -1

  /** @param position  -1 for fields without positions. */
  constructor(doc: number, position: number) {
    this.#only = doc
    this.#position = position
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    this.#doc = this.#doc < 0 ? this.#only : noMoreDocs
    return this.#doc
  }

  advance(target: number): number {
    this.#doc = this.#doc < 0 && target <= this.#only ? this.#only : noMoreDocs
    return this.#doc
  }

  freq(): number {
    return 1
  }

  positions(): readonly number[] {
    return this.#position < 0 ? [] : [this.#position]
  }
}

class MemoryPostings implements PostingsIterator {
  readonly cost: number
  readonly #postings: Postings
  readonly #docs: ArrayIterator

  constructor(postings: Postings, docFreq: number) {
    this.#postings = postings
    this.#docs = new ArrayIterator(postings.docs, docFreq)
    this.cost = docFreq
  }

  docId(): number {
    return this.#docs.docId()
  }

  next(): number {
    return this.#docs.next()
  }

  advance(target: number): number {
    return this.#docs.advance(target)
  }

  freq(): number {
    const { ends } = this.#postings
    return ends === null ? 1 : ends[this.#docs.at]! - startOf(ends, this.#docs.at)
  }

  positions(): readonly number[] {
    const { positions, ends } = this.#postings
    const { at } = this.#docs
    if (positions === null) return []
    const numbers = Array.isArray(positions) ? positions : positions.array
    if (ends === null) return [numbers[at]!]
    const found: number[] = []
    for (let from = startOf(ends, at); from < ends[at]!; from++) found.push(numbers[from]!)
    return found
  }
}

/** A list with room for so many more. */
function grownBy(
  positions: number[] | Growable<Int32Array>,
  count: number
): number[] | Growable<Int32Array> {
  if (!Array.isArray(positions) || positions.length + count <= listedMax) return positions
  const grown = new Growable((length) => new Int32Array(length))
  grown.append(positions)
  return grown
}

function startOf(ends: readonly number[], at: number): number {
  return at === 0 ? 0 : ends[at - 1]!
}
