import test from 'ava'
import { createFieldTypeRegistry, createMapping } from '../../../src/mapping/index.ts'
import { TextTerms } from '../../../src/mapping/text-terms.ts'

const mapping = createMapping(
  {
    properties: {
      t: { type: 'text' },
      k: { type: 'keyword' },
      bare: { type: 'keyword', doc_values: false }
    }
  },
  createFieldTypeRegistry([], { dynamicFloatArray: () => null }),
  new Map()
)
/** Tokens between two values. */
const gap = 100

test('parseDocument: terms of long texts have their positions as those of short ones, in one value or several', (t) => {
  for (const counts of [[255], [256], [257], [200, 100], [1000, 1], [3000, 3000]]) {
    const values = counts.map((count) =>
      Array.from({ length: count }, (_, at) => `w${(at * at) % 97}`)
    )
    const wanted = new Map<string, number[]>()
    let position = 0
    for (const words of values) {
      for (const word of words) wanted.set(word, [...(wanted.get(word) ?? []), position++])
      position += gap
    }
    const body = Buffer.from(JSON.stringify({ t: values.map((words) => words.join(' ')) }))
    const { document } = mapping.parseDocument({ id: '1', routing: null, body })
    const [found] = document.docs.at(-1)!.terms
    const terms = [...found!.terms].map(({ term, positions }) => [term, positions])
    t.deepEqual(terms, [...wanted], `${String(counts)} words`)
    t.is(
      found!.length,
      counts.reduce((a, b) => a + b)
    )
  }
})

test('parseDocument: a keyword without a column has each of its terms once, as they came; one with a column all of its values', (t) => {
  for (const count of [1, 16, 17, 255, 256, 257, 258, 2000]) {
    // Every third comes again, before and behind the place where they are kept in another way.
    const values = Array.from({ length: count }, (_, at) => `k${at % 3 === 0 ? at / 2 : at}`)
    const given = [...values, ...values]
    const body = Buffer.from(JSON.stringify({ k: given, bare: given }))
    const [doc] = mapping.parseDocument({ id: '1', routing: null, body }).document.docs
    const distinct = [...new Set(values)]
    t.deepEqual(
      [...doc!.terms[0]!.terms],
      distinct.map((term) => ({ term, positions: [] }))
    )
    t.is(doc!.terms[0]!.length, distinct.length)
    t.deepEqual(
      doc!.terms.map(({ field }) => field.name),
      ['bare']
    )
    t.deepEqual(
      doc!.columns.map(({ field, values: found }) => [field.name, found]),
      [['k', given]]
    )
  }
})

test('list: yields for every piece of the tokens, many of one term or of as many terms', (t) => {
  const tokenCount = 200_000
  for (const termCount of [1, tokenCount]) {
    const terms = new TextTerms()
    for (let at = 0; at < tokenCount; at++) terms.add(`w${at % termCount}`, at)
    t.true([...terms.list()].length >= tokenCount / 2 ** 15, `${termCount} terms`)
  }
})
