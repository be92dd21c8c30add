/** What every segment answers, wherever it lies: run on the write buffer, on a flushed segment and on a merged one. */
import type { ExecutionContext, TestFn } from 'ava'
import { noMoreDocs } from '../../src/segment/index.ts'
import type {
  ColumnReader,
  FieldInfo,
  PostingsIterator,
  SegmentReader,
  SegmentView
} from '../../src/segment/index.ts'
import { BitSet } from '../../src/util/index.ts'
import { hashQuery } from '../../src/vector/index.ts'
import {
  below,
  fields,
  flatten,
  randomFloats,
  randomGroups,
  randomOf,
  randomSet,
  rootsOf
} from '../support/segment-documents.ts'
import { commonCount, readTerms, termsOf } from '../support/posting-map.ts'
import type { FlatDoc, Group, Random } from '../support/segment-documents.ts'

/** Makes a segment that holds exactly these documents, in this order. */
export type SegmentBuilder = (groups: readonly Group[], random: Random) => Promise<SegmentView>

type Case = {
  readonly t: ExecutionContext
  readonly reader: SegmentReader
  readonly docs: readonly FlatDoc[]
  readonly random: Random
}

const vectorFields = [fields.vector, fields.childVector, fields.hashed, fields.set, fields.ranks]
const seeds = [1, 2, 3]
const sizes = [1, 40, 400]

export function segmentSuite(test: TestFn, name: string, build: SegmentBuilder): void {
  for (const [title, run] of Object.entries(cases)) {
    test(`${name}: ${title}`, async (t) => {
      for (const seed of seeds) {
        for (const size of sizes) {
          const random = randomOf(seed * 1000 + size)
          const groups = randomGroups(random, size)
          const view = await build(groups, random)
          try {
            run({ t, reader: view.reader, docs: flatten(groups), random })
          } catch (error) {
            t.log(`seed ${seed}, ${size} documents`)
            throw error
          }
        }
      }
    })
  }
}

const cases: Readonly<Record<string, (given: Case) => void>> = {
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
  },

  'terms come in byte order with their document frequency, from anywhere': ({
    t,
    reader,
    docs
  }) => {
    for (const field of [fields.tag, fields.body]) {
      const wanted = postingsOf(docs, field)
      const terms = reader.terms(field.number)
      if (wanted.size === 0) continue
      const sorted = sortedTerms([...wanted.keys()])
      for (const from of ['', 'b', '\ue000', '😀', '\uffff', ...sorted]) {
        const got: [string, number][] = []
        terms!.visitTerms(from, (term, docFreq) => got.push([term, docFreq]) > 0)
        const expected = sorted.filter((term) => byBytes(term, from) >= 0)
        t.deepEqual(
          got,
          expected.map((term) => [term, wanted.get(term)!.length])
        )
      }
      let visits = 0
      terms!.visitTerms('', () => ++visits < 2)
      t.is(visits, Math.min(2, sorted.length))
      t.is(terms!.postings('never there'), null)
      t.is(terms!.docFreq('never there'), 0)
    }
  },

  'postings, frequencies and positions are those that came in': ({ t, reader, docs }) => {
    for (const field of [fields.tag, fields.body]) {
      for (const [term, wanted] of postingsOf(docs, field)) {
        const terms = reader.terms(field.number)!
        const postings = terms.postings(term)!
        t.is(postings.docId(), -1)
        t.is(postings.cost, wanted.length)
        t.is(terms.docFreq(term), wanted.length)
        for (const { docId, positions } of wanted) {
          t.is(postings.next(), docId)
          t.is(postings.docId(), docId)
          t.is(postings.freq(), Math.max(1, positions.length))
          t.deepEqual(postings.positions(), positions)
        }
        t.is(postings.next(), noMoreDocs)
        t.is(postings.docId(), noMoreDocs)
      }
    }
  },

  'advance: stands at the first document that is not below the target': ({
    t,
    reader,
    docs,
    random
  }) => {
    for (const [term, wanted] of postingsOf(docs, fields.body)) {
      const terms = reader.terms(fields.body.number)!
      walkAtRandom(
        t,
        terms.postings(term)!,
        wanted.map(({ docId }) => docId),
        docs.length,
        random
      )
      const postings = terms.postings(term)!
      for (const { docId, positions } of wanted) {
        if (random() < 0.6) continue
        t.is(postings.advance(docId), docId)
        if (random() < 0.5) t.deepEqual(postings.positions(), positions)
      }
    }
  },

  'statistics and lengths of text are those of BM25': ({ t, reader, docs }) => {
    const wanted = docs.map(({ doc }) => doc.terms.find((each) => each.field === fields.body))
    const with1 = wanted.filter((each) => each !== undefined && each.terms.length > 0)
    const terms = reader.terms(fields.body.number)
    if (wanted.every((each) => each === undefined)) return
    t.is(terms!.docCount, with1.length)
    const tokens = with1.flatMap((each) => each!.terms.map(({ positions }) => positions.length))
    t.is(
      terms!.sumTotalTermFreq,
      tokens.reduce((a, b) => a + b, 0)
    )
    for (const [docId, each] of wanted.entries())
      if (each !== undefined) t.is(terms!.lengthOf(docId), oneByteLength(each.length))
    const tags = reader.terms(fields.tag.number)
    for (const [docId, { doc }] of docs.entries())
      if (valuesOf(doc, fields.tag).length > 0) t.is(tags!.lengthOf(docId), 1)
  },

  'docsWithField: who has the field in any form': ({ t, reader, docs, random }) => {
    for (const field of Object.values(fields)) {
      const wanted = docs.flatMap(({ doc }, docId) => (has(doc, field) ? [docId] : []))
      t.deepEqual(allOf(reader.docsWithField(field)), wanted, field.name)
      walkAtRandom(t, reader.docsWithField(field), wanted, docs.length, random)
    }
  },

  'stored documents come back byte for byte, by id': ({ t, reader, docs }) => {
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
    for (const absent of ['', 'id', 'id-', 'id-00', 'zz', 'id-1000000'])
      t.is(reader.docIdOf(absent), -1)
  },

  'vectors: ordinals and documents lead to each other, rows are those that came in': ({
    t,
    reader,
    docs,
    random
  }) => {
    for (const field of vectorFields) {
      const wanted = docs.flatMap(({ doc }, docId) => {
        const found = doc.vectors.find((each) => each.field === field)
        return found === undefined ? [] : [{ docId, vector: found.vector }]
      })
      const vectors = reader.vectors(field.number)
      if (wanted.length === 0) continue
      t.is(vectors!.index.size, wanted.length)
      const seen = new Set<number>()
      for (const { docId, vector } of wanted) {
        const ord = vectors!.ordOf(docId)
        seen.add(ord)
        t.is(vectors!.docOf(ord), docId)
        t.deepEqual(vectors!.index.vectorAt(ord), vector)
      }
      t.is(seen.size, wanted.length)
      const withVector = new Set(wanted.map(({ docId }) => docId))
      const chosen = new BitSet(docs.length)
      for (const docId of docs.keys()) {
        if (!withVector.has(docId)) t.is(vectors!.ordOf(docId), -1)
        if (random() < 0.4) chosen.add(docId)
      }
      const ords = vectors!.ordsOf(chosen)
      t.is(ords.count(), wanted.filter(({ docId }) => chosen.has(docId)).length)
      for (const { docId } of wanted) t.is(ords.has(vectors!.ordOf(docId)), chosen.has(docId))
    }
  },

  'hash postings: those who have most terms in common are those of plain maps': ({
    t,
    reader,
    docs,
    random
  }) => {
    for (const field of [fields.hashed, fields.set, fields.ranks]) {
      const spec = field.vector!.hashes!
      const stored = docs.flatMap(({ doc }, docId) => {
        const found = doc.vectors.find((each) => each.field === field)
        return found === undefined ? [] : [{ docId, terms: termsOf(spec, found.vector) }]
      })
      const vectors = reader.vectors(field.number)
      if (stored.length === 0) {
        t.is(vectors, null)
        continue
      }
      const postings = vectors!.index.hashes!
      t.deepEqual(postings.spec, spec)
      const live = new BitSet(reader.docCount)
      for (const docId of docs.keys()) if (random() < 0.7) live.add(docId)
      for (let each = 0; each < 5; each++) {
        const query = field === fields.set ? randomSet(random) : randomFloats(random)
        const terms = hashQuery(spec, query, field === fields.hashed ? each : 0)
        const counts = stored
          .map((one) => ({ ...one, hits: commonCount(readTerms(terms), one.terms) }))
          .filter(({ docId, hits }) => hits > 0 && live.has(docId))
          .sort((a, b) => b.hits - a.hits || a.docId - b.docId)
        for (const wanted of [1, 7, Infinity]) {
          const best = counts.slice(0, wanted).sort((a, b) => a.docId - b.docId)
          const hits = postings.candidates(terms, wanted, vectors!.ordsOf(live))
          t.deepEqual(
            Array.from(hits.ords, (ord) => vectors!.docOf(ord)),
            best.map(({ docId }) => docId)
          )
          t.deepEqual(
            [...hits.counts],
            best.map((one) => one.hits)
          )
        }
      }
    }
  },

  'vectors: the nearest are those of a scan in float64': ({ t, reader, docs, random }) => {
    const vectors = reader.vectors(fields.vector.number)
    const wanted = docs.flatMap(({ doc }, docId) => {
      const found = doc.vectors.find((each) => each.field === fields.vector)
      return found === undefined ? [] : [{ docId, vector: found.vector }]
    })
    if (wanted.length === 0) return
    const query = Float32Array.from({ length: 6 }, () => random() * 2 - 1)
    const nearest = wanted
      .map(({ docId, vector }) => ({ docId, distance: squaredDistance(query, vector) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 10)
    const result = vectors!.index.search({
      query,
      k: 10,
      candidates: 100,
      rescore: 0,
      accept: null,
      strategy: 'planned'
    })
    t.is(result.ords.length, nearest.length)
    for (const [at, { distance }] of nearest.entries())
      t.true(Math.abs(result.values[at]! - distance) <= 1e-5 * Math.max(1, distance))
    t.deepEqual(
      new Set(Array.from(result.ords, (ord) => vectors!.docOf(ord))),
      new Set(nearest.map(({ docId }) => docId))
    )
  }
}

function walkAtRandom(
  t: ExecutionContext,
  docs: PostingsIterator,
  wanted: readonly number[],
  docCount: number,
  random: Random
): void {
  let current = -1
  while (current !== noMoreDocs) {
    const target = current + 1 + (random() < 0.5 ? 0 : below(random, Math.max(2, docCount / 3)))
    const expected = wanted.find((doc) => doc >= target) ?? noMoreDocs
    current = random() < 0.5 && target === current + 1 ? docs.next() : docs.advance(target)
    t.is(current, expected)
  }
}

function allOf(docs: PostingsIterator): number[] {
  const all: number[] = []
  for (let doc = docs.next(); doc !== noMoreDocs; doc = docs.next()) all.push(doc)
  return all
}

function eachValue<T>(column: ColumnReader, docId: number, at: (at: number) => T): T[] {
  return Array.from({ length: column.count(docId) }, (_, value) => at(value))
}

type Doc = FlatDoc['doc']

function valuesOf(doc: Doc, field: FieldInfo): readonly (bigint | number | string)[] {
  return doc.columns.find((each) => each.field === field)?.values ?? []
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

function has(doc: Doc, field: FieldInfo): boolean {
  return (
    valuesOf(doc, field).length > 0 ||
    doc.terms.some((each) => each.field === field) ||
    doc.vectors.some((each) => each.field === field) ||
    doc.present.includes(field.name)
  )
}

type Occurrence = { readonly docId: number; readonly positions: readonly number[] }

function postingsOf(docs: readonly FlatDoc[], field: FieldInfo): Map<string, Occurrence[]> {
  const all = new Map<string, Occurrence[]>()
  for (const [docId, { doc }] of docs.entries())
    for (const { field: of, terms } of doc.terms)
      if (of === field)
        for (const { term, positions } of terms)
          all.set(term, [...(all.get(term) ?? []), { docId, positions }])
  return all
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function sortedTerms(terms: readonly string[]): string[] {
  return [...new Set(terms)].sort(byBytes)
}

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** As typed arrays sort: -0 before 0. */
function byDouble(a: number, b: number): number {
  if (a !== b) return a - b
  return Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1
}

/** Lengths of the tests are below 60: exact up to 39, then even up to 56 (spec 29.4). */
function oneByteLength(length: number): number {
  if (length < 40) return length
  return length < 56 ? length - (length % 2) : 56 + Math.floor((length - 56) / 4) * 4
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2
  return sum
}
