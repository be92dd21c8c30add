/** Collects columns, terms and vectors of one document or nested object. */
import type { Analyzer } from '../analysis/index.ts'
import type { FieldInfo, IndexableDoc, TermOccurrences } from '../segment/index.ts'
import type { Vector } from '../vector/index.ts'
import type { FieldSink, VectorText } from './field-type.ts'

/** Positions between two values of a text field, so that phrases do not reach across. */
const positionGap = 100

type TermsUnderWay = {
  readonly field: FieldInfo
  readonly byTerm: Map<string, number[]>
  length: number
  nextPosition: number
}

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
  readonly placed: PlacedVector[] = []
  /** Made when they are needed: many documents are a vector and little more, and a Map takes longer than what it would hold. */
  #columns: Map<number, ColumnUnderWay> | null = null
  #terms: Map<number, TermsUnderWay> | null = null
  readonly #present: string[] = []
  readonly #copies: readonly DocumentBuilder[]

  /** @param copies  Documents above that get everything but the vectors too (include_in_parent, include_in_root). */
  constructor(documentId: string, path: string, copies: readonly DocumentBuilder[] = []) {
    this.documentId = documentId
    this.path = path
    this.#copies = copies
  }

  addLong(field: FieldInfo, value: bigint): void {
    for (const copy of this.#copies) copy.addLong(field, value)
    const column = this.#columns?.get(field.number)
    if (column === undefined) this.#addColumn({ field, values: [value] })
    else (column.values as bigint[]).push(value)
  }

  addDouble(field: FieldInfo, value: number): void {
    for (const copy of this.#copies) copy.addDouble(field, value)
    const column = this.#columns?.get(field.number)
    if (column === undefined) this.#addColumn({ field, values: [value] })
    else (column.values as number[]).push(value)
  }

  #addColumn(column: ColumnUnderWay): void {
    this.#columns ??= new Map()
    this.#columns.set(column.field.number, column)
  }

  addKeyword(field: FieldInfo, value: string): void {
    for (const copy of this.#copies) copy.addKeyword(field, value)
    if (field.column === 'keyword') {
      const column = this.#columns?.get(field.number)
      if (column === undefined) this.#addColumn({ field, values: [value] })
      else (column.values as string[]).push(value)
    }
    if (field.postings === 'docs') this.#addTerm(field, value)
  }

  addTerm(field: FieldInfo, term: string): void {
    for (const copy of this.#copies) copy.addTerm(field, term)
    this.#addTerm(field, term)
  }

  #addTerm(field: FieldInfo, term: string): void {
    const terms = this.#termsOf(field)
    if (terms.byTerm.has(term)) return
    terms.byTerm.set(term, [])
    terms.length++
  }

  addText(field: FieldInfo, analyzer: Analyzer, text: string): void {
    for (const copy of this.#copies) copy.addText(field, analyzer, text)
    const terms = this.#termsOf(field)
    const base = terms.length === 0 ? 0 : terms.nextPosition + positionGap
    for (const { term, position } of analyzer.analyze(text)) {
      const at = base + position
      const positions = terms.byTerm.get(term)
      if (positions === undefined) terms.byTerm.set(term, [at])
      else positions.push(at)
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
    this.placed.push({ field, vector, text })
  }

  build(): IndexableDoc {
    // A text without a single term is there all the same.
    const terms = this.#terms === null ? [] : [...this.#terms.values()]
    for (const { field, length } of terms) if (length === 0) this.addPresent(field.name)
    return {
      path: this.path,
      columns: this.#columns === null ? [] : [...this.#columns.values()],
      terms: terms
        .filter((each) => each.length > 0)
        .map(({ field, byTerm, length }) => ({
          field,
          terms: [...byTerm].map(([term, positions]): TermOccurrences => ({ term, positions })),
          length
        })),
      vectors: this.placed.map(({ field, vector }) => ({ field, vector })),
      present: this.#present
    }
  }

  #termsOf(field: FieldInfo): TermsUnderWay {
    this.#terms ??= new Map()
    let terms = this.#terms.get(field.number)
    if (terms === undefined) {
      terms = { field, byTerm: new Map(), length: 0, nextPosition: 0 }
      this.#terms.set(field.number, terms)
    }
    return terms
  }
}
