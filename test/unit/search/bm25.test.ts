import test from 'ava'
import type { Query } from '../../../src/query/index.ts'
import { fields, request, segmentsOf, target } from './fixture.ts'
import type { TestDoc } from './fixture.ts'
import { executeSearch } from '../../support/execute-search.ts'

function scoresOf(query: Query, ...segments: readonly (readonly TestDoc[])[]): [string, number][] {
  const { hits } = executeSearch(request([target(segmentsOf(...segments), query)]))
  return hits.map((hit) => [hit.segment.reader.stored(hit.docId).id, hit.score!])
}

test('executeSearch: a keyword term that one of three documents has scores 0.98082924', (t) => {
  const query: Query = { type: 'term', field: fields.tag, term: 'a', scored: true }
  const expected: [string, number][] = [['d0', Math.fround(0.98082924)]]
  t.deepEqual(scoresOf(query, [{ tag: ['a'] }, { tag: ['b'] }, { tag: ['c'] }]), expected)
  t.deepEqual(scoresOf(query, [{ tag: ['a'] }], [{ tag: ['b'] }], [{ tag: ['c'] }]), expected)
})

test('executeSearch: the boost of a keyword term is a factor', (t) => {
  const query: Query = { type: 'term', field: fields.tag, term: 'a', scored: true, boost: 2 }
  const docs = [{ tag: ['a'] }, { tag: ['b'] }, { tag: ['c'] }]
  t.deepEqual(scoresOf(query, docs), [['d0', 2 * Math.fround(0.98082924)]])
})

test('executeSearch: one of 5 documents with 3 words where 5.4 are usual scores 1.6943598, as Elasticsearch explains', (t) => {
  // The example of Elasticsearch's explain API: n 1, N 5, freq 1, dl 3, avgdl 5.4.
  const query: Query = { type: 'term', field: fields.text, term: 'elasticsearch', scored: true }
  const others = Array.from({ length: 4 }, () => ({ text: Array<string>(6).fill('word') }))
  const found = scoresOf(query, [{ text: ['basic', 'of', 'elasticsearch'] }, ...others])
  t.deepEqual(found, [['d0', Math.fround(1.6943598)]])
})

test('executeSearch: the score of a term follows BM25 with lengths and frequencies', (t) => {
  const docs = [{ text: ['fox', 'fox', 'dog'] }, { text: ['fox'] }, { text: ['dog', 'sun'] }, {}]
  const query: Query = { type: 'term', field: fields.text, term: 'fox', scored: true, boost: 3 }
  // N 3, n 2, average length 2.
  const idf = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
  const expected = (freq: number, length: number): number =>
    (3 * 2.2 * idf * freq) / (freq + 1.2 * (0.25 + (0.75 * length) / 2))
  const scores = new Map(scoresOf(query, docs))
  t.deepEqual([...scores.keys()].sort(), ['d0', 'd1'])
  t.true(Math.abs(scores.get('d0')! - expected(2, 3)) < 1e-6)
  t.true(Math.abs(scores.get('d1')! - expected(1, 1)) < 1e-6)
})

test('executeSearch: scores are rounded to float32 at every step, as Lucene rounds them', (t) => {
  const f = Math.fround
  const docs = Array.from({ length: 39 * 6 }, (_, at) => {
    const length = 1 + (at % 39)
    const freq = Math.min(length, 1 + Math.floor(at / 39))
    return { text: Array.from({ length }, (__, place) => (place < freq ? 'fox' : 'dog')) }
  })
  const words = docs.reduce((sum, { text }) => sum + text.length, 0)
  const query: Query = { type: 'term', field: fields.text, term: 'fox', scored: true, boost: 1.7 }
  // BM25Similarity.score and its table of norms; N = n.
  const [k1, b] = [f(1.2), f(0.75)]
  const weight = f(f(f(1.7) * f(1 + k1)) * f(Math.log(1 + 0.5 / (docs.length + 0.5))))
  const found = new Map(scoresOf(query, docs))
  for (const [id, score] of found) {
    const { text } = docs[Number(id.slice(1))]!
    const freq = text.filter((word) => word === 'fox').length
    const share = f(f(b * text.length) / f(words / docs.length))
    const norm = f(1 / f(k1 * f(f(1 - b) + share)))
    t.is(score, f(weight - f(weight / f(1 + f(freq * norm)))), `${text.length} ${freq}`)
  }
  t.true(found.size > 5)
})

test('executeSearch: lengths above 39 count as their four leading bits', (t) => {
  const words = (length: number): string[] =>
    Array.from({ length }, (_, at) => (at === 0 ? 'fox' : 'dog'))
  const query: Query = { type: 'term', field: fields.text, term: 'fox', scored: true }
  const same = scoresOf(query, [{ text: words(40) }, { text: words(41) }])
  t.is(same[0]![1], same[1]![1])
  const other = scoresOf(query, [{ text: words(39) }, { text: words(40) }])
  t.not(other[0]![1], other[1]![1])
})

test('executeSearch: a term not scored has its boost for a score', (t) => {
  const query: Query = { type: 'term', field: fields.tag, term: 'a', scored: false, boost: 2.5 }
  t.deepEqual(scoresOf(query, [{ tag: ['a'] }]), [['d0', 2.5]])
})

const phrase = (slop: number, ...terms: readonly string[]): Query => ({
  type: 'phrase',
  field: fields.text,
  terms: terms.map((term, position) => ({ term, position })),
  slop
})

const matchesPhrase = (query: Query, text: string): boolean =>
  scoresOf(query, [{ text: text.split(' ') }]).length === 1

test('executeSearch: a phrase needs its terms in a row, or within the slop', (t) => {
  const cases: readonly (readonly [string, string, number, boolean])[] = [
    ['quick fox', 'quick fox', 0, true],
    ['quick fox', 'quick brown fox', 0, false],
    ['quick fox', 'quick brown fox', 1, true],
    ['quick fox', 'quick big brown fox', 1, false],
    ['quick fox', 'quick big brown fox', 2, true],
    // Turning two words round takes two moves.
    ['quick fox', 'fox quick', 1, false],
    ['quick fox', 'fox quick', 2, true],
    ['quick brown fox', 'fox brown quick', 3, false],
    ['quick brown fox', 'fox brown quick', 4, true],
    ['a b a', 'a b a', 0, true],
    ['a b a', 'a b', 5, false],
    ['a a', 'a', 5, false],
    ['a a', 'a x a', 0, false],
    ['a a', 'a x a', 1, true]
  ]
  for (const [terms, text, slop, expected] of cases)
    t.is(
      matchesPhrase(phrase(slop, ...terms.split(' ')), text),
      expected,
      `${terms} ~${slop}: ${text}`
    )
})

test('executeSearch: gaps in a phrase are kept', (t) => {
  const query: Query = {
    type: 'phrase',
    field: fields.text,
    terms: [
      { term: 'one', position: 0 },
      { term: 'three', position: 2 }
    ],
    slop: 0
  }
  t.true(matchesPhrase(query, 'one two three'))
  t.false(matchesPhrase(query, 'one three'))
})

test('executeSearch: a phrase scores as a term of its frequency, a sloppy match less', (t) => {
  const score = (slop: number, text: string): number =>
    scoresOf(phrase(slop, 'a', 'b'), [{ text: text.split(' ') }])[0]?.[1] ?? 0
  const idf = 2 * Math.log(1 + 0.5 / 1.5)
  // One document: the average length is its length.
  const expected = (frequency: number): number => (2.2 * idf * frequency) / (frequency + 1.2)
  const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6
  t.true(close(score(0, 'a b c a b'), expected(2)))
  t.true(close(score(1, 'a x b'), expected(1 / 2)))
  t.true(close(score(2, 'a x b y z a b'), expected(1 / 2 + 1)))
})

test('executeSearch: a sloppy phrase of different terms matches where some places are near enough', (t) => {
  let state = 7
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  for (let round = 0; round < 400; round++) {
    const text = Array.from({ length: 1 + next(9) }, () => ['a', 'b', 'c', 'x'][next(4)]!)
    const slop = next(5)
    const terms = ['a', 'b', 'c']
    const shifted = terms.map((term, position) =>
      text.flatMap((word, at) => (word === term ? [at - position] : []))
    )
    const expected = shifted[0]!.some((x) =>
      shifted[1]!.some((y) =>
        shifted[2]!.some((z) => Math.max(x, y, z) - Math.min(x, y, z) <= slop)
      )
    )
    t.is(
      matchesPhrase(phrase(slop, ...terms), text.join(' ')),
      expected,
      `${text.join(' ')} ~${slop}`
    )
  }
})
