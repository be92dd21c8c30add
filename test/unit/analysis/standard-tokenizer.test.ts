import test from 'ava'
import * as fc from 'fast-check'
import {
  asciiTokens,
  standardTokens,
  unicodeTokens
} from '../../../src/analysis/standard-tokenizer.ts'
import type { Token } from '../../../src/analysis/index.ts'

const seed = 1594395154

const tokensOf = (text: string): Token[] => [...standardTokens(text)].flat()
const terms = (text: string): string[] => tokensOf(text).map(({ term }) => term)
const inFront = (): { offset: number; position: number } => ({ offset: 0, position: 0 })

test('asciiTokens: cuts ASCII text at the places where Intl.Segmenter cuts it', (t) => {
  // Few characters, so that rules about neighbours meet often.
  const dense = fc.string({
    unit: fc.constantFrom(...`ab1 2_.,;:'"-@/\n`.split('')),
    maxLength: 24
  })
  const any = fc.string({
    unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code))
  })
  fc.assert(
    fc.property(fc.oneof(dense, any), (text) => {
      const byHand = [...asciiTokens(text, inFront())].flat()
      const byUnicode = [...unicodeTokens(text, inFront())].flat()
      const plain = (tokens: readonly Token[]): unknown[] =>
        tokens.map(({ term, startOffset, endOffset, position }) => [
          term,
          startOffset,
          endOffset,
          position
        ])
      t.deepEqual(plain(byHand), plain(byUnicode), JSON.stringify(text))
    }),
    { seed, numRuns: 5000 }
  )
})

test('standardTokens: keeps words and numbers whole and splits on - @ /', (t) => {
  t.deepEqual(terms("don't 3.14 wi-fi a@b.c x/y"), [
    "don't",
    '3.14',
    'wi',
    'fi',
    'a',
    'b.c',
    'x',
    'y'
  ])
  t.deepEqual(terms('__ - .'), [])
})

test('standardTokens: text without blanks between words is cut into words', (t) => {
  const japanese = terms('吾輩は猫である')
  t.true(japanese.length > 2)
  t.true(japanese.includes('猫'))
  t.is(japanese.join(''), '吾輩は猫である')
  t.deepEqual(terms('naïve Café'), ['naïve', 'Café'])
})

test('standardTokens: a run longer than 255 is cut into pieces', (t) => {
  const tokens = tokensOf(`${'a'.repeat(600)} b`)
  t.deepEqual(
    tokens.map(({ term }) => term.length),
    [255, 255, 90, 1]
  )
  t.deepEqual(
    tokens.map(({ position }) => position),
    [0, 1, 2, 3]
  )
  t.is(tokens[2]!.startOffset, 510)
})

test('standardTokens: tokens of a long text are those of the whole, in lists of a step each, whatever stands between words', (t) => {
  const words = fc.array(fc.constantFrom('ab', 'c1', '2.5', 'é', '猫は', '\u0301', "it's"), {
    minLength: 1,
    maxLength: 40
  })
  const gaps = fc.constantFrom(' ', ',', '\n', '', '-', ' , ')
  const property = fc.property(words, gaps, (parts, gap) => {
    const text = Array.from({ length: 8000 }, (_, at) => parts[(at * 7) % parts.length]).join(gap)
    const lists = [...standardTokens(text)]
    t.deepEqual(lists.flat(), [...unicodeTokens(text, inFront())].flat())
    for (const { length } of lists) if (length > 4096) t.fail(`${length} tokens in one step`)
  })
  fc.assert(property, { seed, numRuns: 60 })
})
