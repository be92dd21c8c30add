/** Columns: values by document, ascending, as they came in. */
import type { ColumnReader, FieldInfo } from '../../../src/segment/index.ts'
import { fields } from '../../support/segment-documents.ts'
import type { FlatDoc } from '../../support/segment-documents.ts'
import { byBytes, sortedTerms, valuesOf } from './case.ts'
import type { SegmentCases } from './case.ts'

type Doc = FlatDoc['doc']

export const columnCases: SegmentCases = {
  'long columns give back 64 bits, ascending': ({ t, reader, docs }) => {
    for (const field of [fields.count, fields.rare, fields.depth]) {
      const wanted = docs.map(({ doc }) => longsOf(doc, field).sort(byValue))
      if (wanted.every((values) => values.length === 0)) continue
      const column = reader.column(field.number)!
      t.is(column.kind, 'long')
      t.is(column.valueCount, wanted.flat().length)
      const got = docs.map((_, doc) => eachValue(column, doc, (at) => column.longAt(doc, at)))
      t.deepEqual(got, wanted)
      const numbers = docs.map((_, doc) => eachValue(column, doc, (at) => column.doubleAt(doc, at)))
      t.deepEqual(
        numbers,
        wanted.map((each) => each.map(Number))
      )
    }
  },

  'double columns give back the same doubles, ascending': ({ t, reader, docs }) => {
    const wanted = docs.map(({ doc }) => doublesOf(doc, fields.price).sort(byDouble))
    if (wanted.flat().length === 0) return
    const column = reader.column(fields.price.number)!
    const got = docs.map((_, doc) => eachValue(column, doc, (at) => column.doubleAt(doc, at)))
    t.deepEqual(got, wanted)
  },

  'keyword columns give distinct values by ordinals in byte order': ({ t, reader, docs }) => {
    const wanted = docs.map(({ doc }) => sortedTerms(keywordsOf(doc, fields.tag)))
    const all = sortedTerms(wanted.flat())
    if (all.length === 0) return
    const column = reader.column(fields.tag.number)!
    t.is(column.valueCount, all.length)
    t.deepEqual(
      all.map((_, ord) => column.keywordOf(ord)),
      all
    )
    t.deepEqual(
      all.map((value) => column.ordOf(value)),
      all.map((_, ord) => ord)
    )
    const got = docs.map((_, doc) =>
      eachValue(column, doc, (at) => column.keywordOf(column.ordAt(doc, at)))
    )
    t.deepEqual(got, wanted)
    for (const absent of ['', 'aa', '\ud7ff', '\ufffe', '😀😀', 'zzz']) {
      if (all.includes(absent)) continue
      const place = all.filter((value) => byBytes(value, absent) < 0).length
      t.is(column.ordOf(absent), -1 - place)
    }
  }
}

function eachValue<T>(column: ColumnReader, docId: number, at: (at: number) => T): T[] {
  return Array.from({ length: column.count(docId) }, (_, value) => at(value))
}

function longsOf(doc: Doc, field: FieldInfo): bigint[] {
  return valuesOf(doc, field).filter((value) => typeof value === 'bigint')
}

function doublesOf(doc: Doc, field: FieldInfo): number[] {
  return valuesOf(doc, field).filter((value) => typeof value === 'number')
}

function keywordsOf(doc: Doc, field: FieldInfo): string[] {
  return valuesOf(doc, field).filter((value) => typeof value === 'string')
}

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** As typed arrays sort: -0 before 0. */
function byDouble(a: number, b: number): number {
  if (a !== b) return a - b
  return Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1
}
