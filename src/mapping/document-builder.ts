/** Collects columns, terms and vectors of one document or nested object. */
import type { Analyzer, VisitTerm } from '../analysis/index.ts'
import type { FieldInfo, IndexableDoc } from '../segment/index.ts'
import { appended, assert, MadeList, NumberedStrings } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'
import type { FieldSink, VectorText } from './field-type.ts'
import { TextTerms } from './text-terms.ts'

/** Positions between two values of a text field, so that phrases do not reach across. */
const positionGap = 100

/** Longer texts are analyzed in steps: a millisecond. */
const textLengthMax = 2 ** 14

/** Texts of more tokens, and lists of more terms, are kept as columns: an object for each would be copied by collections. */
const textTermsMax = 256

/** Above this many values their numbers are found faster than by a look at each. */
const listMax = 16

/** Numbers keys in the order in which they come; of an unknown one the number is -1. */
type KeyNumbers<K> = { add(key: K): number; find(key: K): number }

class FieldNumbers implements KeyNumbers<number> {
  readonly #numbers = new Map<number, number>()

  add(field: number): number {
    const number = this.#numbers.size
    this.#numbers.set(field, number)
    return number
  }

  find(field: number): number {
    return this.#numbers.get(field) ?? -1
  }
}

/** Values by a key of theirs, in the order in which they came. Few are looked through: to number them takes longer. */
class Keyed<K, V> {
  readonly values: V[] = []
  readonly #keyOf: (value: V) => K
  readonly #newNumbers: () => KeyNumbers<K>
  #numbers: KeyNumbers<K> | null = null

  constructor(keyOf: (value: V) => K, newNumbers: () => KeyNumbers<K>) {
    this.#keyOf = keyOf
    this.#newNumbers = newNumbers
  }

  get(key: K): V | undefined {
    if (this.#numbers === null) {
      for (const value of this.values) if (this.#keyOf(value) === key) return value
      return undefined
    }
    const number = this.#numbers.find(key)
    return number < 0 ? undefined : this.values[number]
  }

  /** Adds a value whose key is new. */
  add(value: V): V {
    const { values } = this
    values.push(value)
    if (this.#numbers !== null) this.#numbers.add(this.#keyOf(value))
    else if (values.length > listMax) {
      this.#numbers = this.#newNumbers()
      for (const each of values) this.#numbers.add(this.#keyOf(each))
    }
    return value
  }
}

type TermPositions = { readonly term: string; readonly positions: number[] }
type TermsUnderWay = {
  readonly field: FieldInfo
  readonly byTerm: Keyed<string, TermPositions>
  /** null: there are no long texts among them. */
  many: TextTerms | null
  /** null: there are not many terms without positions among them. */
  bare: NumberedStrings | null
  length: number
  nextPosition: number
}

function manyOf(terms: readonly TermPositions[]): TextTerms {
  const many = new TextTerms()
  for (const { term, positions } of terms)
    for (const position of positions) many.add(term, position)
  return many
}

function bareOf(terms: readonly TermPositions[]): NumberedStrings {
  const bare = new NumberedStrings()
  for (const { term } of terms) bare.add(term)
  return bare
}

/** Of terms that are there, or of so many without positions that each is made when it is asked for. */
function listOf({ byTerm, bare }: TermsUnderWay): TermsOfField['terms'] {
  if (bare === null) return byTerm.values
  return new MadeList(bare.length, (at) => ({ term: bare.strings[at]!, positions: noPositions }))
}

const termOf = ({ term }: TermPositions): string => term
const fieldNumberOf = ({ field }: { readonly field: FieldInfo }): number => field.number
const termNumbers = (): NumberedStrings => new NumberedStrings()
const fieldNumbers = (): FieldNumbers => new FieldNumbers()

/** Of a term without positions: a list of its own for each of thousands is one more object to collect. */
const noPositions: number[] = []

type LongText = {
  readonly field: FieldInfo
  readonly analyzer: Analyzer
  readonly text: string
}

type TermsOfField = IndexableDoc['terms'][number]

type ColumnUnderWay = {
  readonly field: FieldInfo
  readonly values: bigint[] | number[] | string[]
}

export type PlacedVector = {
  readonly field: FieldInfo
  readonly vector: Vector
  readonly text: VectorText | null
}

export class DocumentBuilder implements FieldSink {
  readonly documentId: string
  readonly path: string
  placed: PlacedVector[] = []
  readonly #columns = new Keyed<number, ColumnUnderWay>(fieldNumberOf, fieldNumbers)
  readonly #terms = new Keyed<number, TermsUnderWay>(fieldNumberOf, fieldNumbers)
  readonly #present: string[] = []
  readonly #longTexts: LongText[] = []
  /** A text of many tokens is among them, or will be. */
  #isLong = false
  readonly #copies: readonly DocumentBuilder[]

  /** @param copies  Documents above that get everything but the vectors too (include_in_parent, include_in_root). */
  constructor(documentId: string, path: string, copies: readonly DocumentBuilder[] = []) {
    this.documentId = documentId
    this.path = path
    this.#copies = copies
  }

  addLong(field: FieldInfo, value: bigint): void {
    for (const copy of this.#copies) copy.addLong(field, value)
    const column = this.#columns.get(field.number)
    if (column === undefined) this.#columns.add({ field, values: [value] })
    else (column.values as bigint[]).push(value)
  }

  addDouble(field: FieldInfo, value: number): void {
    for (const copy of this.#copies) copy.addDouble(field, value)
    const column = this.#columns.get(field.number)
    if (column === undefined) this.#columns.add({ field, values: [value] })
    else (column.values as number[]).push(value)
  }

  addKeyword(field: FieldInfo, value: string): void {
    for (const copy of this.#copies) copy.addKeyword(field, value)
    if (field.column === 'keyword') {
      const column = this.#columns.get(field.number)
      if (column === undefined) this.#columns.add({ field, values: [value] })
      else (column.values as string[]).push(value)
      // Its values are its terms.
    } else if (field.postings === 'docs') this.#addTerm(field, value)
  }

  addTerm(field: FieldInfo, term: string): void {
    for (const copy of this.#copies) copy.addTerm(field, term)
    this.#addTerm(field, term)
  }

  #addTerm(field: FieldInfo, term: string): void {
    const terms = this.#termsOf(field)
    if (terms.bare !== null) {
      if (terms.bare.add(term) === terms.length) terms.length++
      return
    }
    if (terms.byTerm.get(term) !== undefined) return
    terms.byTerm.add({ term, positions: noPositions })
    terms.length++
    if (terms.length === textTermsMax) terms.bare = bareOf(terms.byTerm.values)
  }

  addText(field: FieldInfo, analyzer: Analyzer, text: string): void {
    for (const copy of this.#copies) copy.addText(field, analyzer, text)
    // Behind a long one all wait: positions go by the order of values.
    if (text.length > textLengthMax || this.#longTexts.length > 0) {
      this.#isLong = true
      this.#longTexts.push({ field, analyzer, text })
    } else analyzer.visitTerms(text, this.#textTerms(field))
  }

  /** Whether it is built in steps only. */
  get isLong(): boolean {
    return this.#isLong
  }

  /** Takes the terms of one more value. */
  #textTerms(field: FieldInfo): VisitTerm {
    const terms = this.#termsOf(field)
    const base = terms.length === 0 ? 0 : terms.nextPosition + positionGap
    return (term, position) => {
      const at = base + position
      if (terms.length === textTermsMax) {
        terms.many = manyOf(terms.byTerm.values)
        this.#isLong = true
      }
      const found = terms.many === null ? terms.byTerm.get(term) : undefined
      if (terms.many !== null) terms.many.add(term, at)
      else if (found === undefined) terms.byTerm.add({ term, positions: [at] })
      else found.positions.push(at)
      terms.nextPosition = at + 1
      terms.length++
    }
  }

  addPresent(name: string): void {
    for (const copy of this.#copies) copy.addPresent(name)
    if (!this.#present.includes(name)) this.#present.push(name)
  }

  hasVector(field: FieldInfo): boolean {
    return this.placed.some((each) => each.field.number === field.number)
  }

  addVector(field: FieldInfo, vector: Vector, text: VectorText | null): void {
    this.placed = appended(this.placed, { field, vector, text })
  }

  build(): IndexableDoc {
    assert(!this.#isLong, 'what has long texts is built in steps')
    return this.#built(
      this.#terms.values.map((each) => ({
        field: each.field,
        terms: listOf(each),
        length: each.length
      }))
    )
  }

  *buildInSteps(): Steps<IndexableDoc> {
    for (const { field, analyzer, text } of this.#longTexts)
      yield* analyzer.visitTermsInSteps(text, this.#textTerms(field))
    const found: TermsOfField[] = []
    for (const each of this.#terms.values) {
      const { field, many, length } = each
      found.push({ field, terms: many === null ? listOf(each) : yield* many.list(), length })
    }
    return this.#built(found)
  }

  #built(found: readonly TermsOfField[]): IndexableDoc {
    const terms: TermsOfField[] = []
    for (const each of found) {
      if (each.length > 0) terms.push(each)
      // A text without a single term is there all the same.
      else this.addPresent(each.field.name)
    }
    return {
      path: this.path,
      columns: this.#columns.values,
      terms,
      vectors: this.placed.map(({ field, vector }) => ({ field, vector })),
      present: this.#present
    }
  }

  #termsOf(field: FieldInfo): TermsUnderWay {
    return (
      this.#terms.get(field.number) ??
      this.#terms.add({
        field,
        byTerm: new Keyed(termOf, termNumbers),
        many: null,
        bare: null,
        length: 0,
        nextPosition: 0
      })
    )
  }
}
