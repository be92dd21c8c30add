/** Vectors: rows, ordinals, hash terms and the nearest. */
import { BitSet } from '../../../src/util/index.ts'
import { hashQuery } from '../../../src/vector/index.ts'
import { commonCount, readTerms, termsOf } from '../../support/posting-map.ts'
import { fields, randomFloats, randomSet } from '../../support/segment-documents.ts'
import type { SegmentCases } from './case.ts'

const vectorFields = [fields.vector, fields.childVector, fields.hashed, fields.set, fields.ranks]

export const vectorCases: SegmentCases = {
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
      const several = [...seen].filter(() => random() < 0.5)
      t.deepEqual(
        [...vectors!.docsOf(Uint32Array.from(several))],
        several.map((ord) => vectors!.docOf(ord))
      )
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

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2
  return sum
}
