import test from 'ava'
import * as fc from 'fast-check'
import { createAnalyzers } from '../../../src/analysis/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const builtIn = createAnalyzers(new Map())
const terms = (name: string, text: string): string[] =>
  builtIn
    .get(name)!
    .analyze(text)
    .map(({ term }) => term)

test('createAnalyzers: the built-in analyzers give the terms of the Elasticsearch reference', (t) => {
  // The sentence and the terms are those of the reference pages of each analyzer.
  const text = "The 2 QUICK Brown-Foxes jumped over the lazy dog's bone."
  t.deepEqual(terms('standard', text), [
    'the',
    '2',
    'quick',
    'brown',
    'foxes',
    'jumped',
    'over',
    'the',
    'lazy',
    "dog's",
    'bone'
  ])
  t.deepEqual(terms('simple', text), [
    'the',
    'quick',
    'brown',
    'foxes',
    'jumped',
    'over',
    'the',
    'lazy',
    'dog',
    's',
    'bone'
  ])
  t.deepEqual(terms('whitespace', text), [
    'The',
    '2',
    'QUICK',
    'Brown-Foxes',
    'jumped',
    'over',
    'the',
    'lazy',
    "dog's",
    'bone.'
  ])
  t.deepEqual(terms('stop', text), [
    'quick',
    'brown',
    'foxes',
    'jumped',
    'over',
    'lazy',
    'dog',
    's',
    'bone'
  ])
  t.deepEqual(terms('keyword', text), [text])
  t.deepEqual(terms('english', text), [
    '2',
    'quick',
    'brown',
    'fox',
    'jump',
    'over',
    'lazi',
    'dog',
    'bone'
  ])
  t.is(builtIn.get('nobody'), null)
})

test('createAnalyzers: a removed stop word leaves its position free', (t) => {
  const tokens = builtIn.get('stop')!.analyze('over the moon')
  t.deepEqual(
    tokens.map(({ position, startOffset, endOffset }) => [position, startOffset, endOffset]),
    [
      [0, 0, 4],
      [2, 9, 13]
    ]
  )
})

test('createAnalyzers: settings put an analyzer together', (t) => {
  const analyzers = createAnalyzers(
    new Map([
      ['analysis.filter.mine.type', 'stop'],
      ['analysis.filter.mine.stopwords.0', 'foo'],
      ['analysis.filter.mine.stopwords.1', 'bar'],
      ['analysis.analyzer.my.tokenizer', 'whitespace'],
      ['analysis.analyzer.my.filter', '["lowercase","asciifolding","mine"]'],
      ['analysis.normalizer.low.filter', 'lowercase,asciifolding']
    ])
  )
  t.deepEqual(
    analyzers
      .get('my')!
      .analyze('Foo Café-Bar BAR')
      .map(({ term }) => term),
    ['cafe-bar']
  )
  t.is(analyzers.normalizer('low')!('ÉCOLE'), 'ecole')
  t.is(analyzers.normalizer('none'), null)
  t.deepEqual(
    analyzers
      .custom('keyword', ['lowercase'])!
      .analyze('A b')
      .map(({ term }) => term),
    ['a b']
  )
  t.is(analyzers.custom('keyword', ['nobody']), null)
})

test('createAnalyzers: a part that is not there is refused by name', (t) => {
  const settings = new Map([['analysis.analyzer.my.tokenizer', 'nobody']])
  t.throws(() => createAnalyzers(settings), {
    instanceOf: VectorStoreError,
    message: 'Custom Analyzer [my] failed to find tokenizer under name [nobody]'
  })
})

test('visitTerms: gives the terms and positions of analyze, by every analyzer, of texts that share words and hashes', (t) => {
  const names = ['standard', 'default', 'simple', 'whitespace', 'keyword', 'stop', 'english']
  // Short words of few letters meet again and collide; the last ones are cut into pieces, or are not ASCII.
  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'aAbBzZ09_'), minLength: 1, maxLength: 4 }),
    fc.string({ unit: fc.constantFrom(...'abcdefghijklm'), minLength: 5, maxLength: 14 }),
    fc.constantFrom("dog's", '3,000.5', 'a.b:c', 'x'.repeat(600), 'É', 'the')
  )
  const texts = fc.array(word, { maxLength: 30 }).map((words) => words.join(' '))
  const seed = 20261122
  fc.assert(
    fc.property(fc.constantFrom(...names), texts, (name, text) => {
      const analyzer = builtIn.get(name)!
      const visited: { term: string; position: number }[] = []
      analyzer.visitTerms(text, (term, position) => visited.push({ term, position }))
      const analyzed = analyzer.analyze(text).map(({ term, position }) => ({ term, position }))
      t.deepEqual(visited, analyzed)
    }),
    { seed, numRuns: 2_000 }
  )
})

test('visitTermsInSteps: visits what visitTerms visits, whatever stands around blanks', (t) => {
  const part = fc.oneof(
    fc.constantFrom(
      ' ',
      '\n',
      '  ',
      '\r\n',
      '\u0301',
      '\u200d',
      '.',
      "'",
      '1',
      ',',
      '_',
      'ab',
      '猫は',
      'カ',
      'é',
      '😀'
    ),
    fc.string({ unit: 'binary', maxLength: 4 })
  )
  const analyzers = createAnalyzers(new Map())
  const property = fc.property(
    fc.array(part, { minLength: 1, maxLength: 60 }),
    fc.constantFrom('standard', 'english', 'whitespace'),
    (parts, name) => {
      // No cut is at the same place of the parts: their number is odd or not, and they are of many lengths.
      const text = Array.from({ length: 12_000 }, (_, at) => parts[(at * 7) % parts.length]).join(
        ''
      )
      const analyzer = analyzers.get(name)!
      const [wanted, got]: [string[], string[]] = [[], []]
      analyzer.visitTerms(text, (term, position) => wanted.push(`${position} ${term}`))
      for (const step of analyzer.visitTermsInSteps(text, (term, position) =>
        got.push(`${position} ${term}`)
      ))
        t.is(step, undefined)
      const at = wanted.findIndex((each, place) => each !== got[place])
      t.is(at, -1, `${got[at]}, wanted ${wanted[at]}`)
      t.is(got.length, wanted.length)
    }
  )
  fc.assert(property, { seed: 20_261_122, numRuns: 60 })
})

test('visitTermsInSteps: every analyzer but keyword takes many steps for a long text, without a blank too', (t) => {
  for (const name of ['standard', 'default', 'simple', 'whitespace', 'stop', 'english'])
    for (const [gap, character] of [
      [' ', 'b'],
      [',', 'b'],
      [',', 'é']
    ] as const) {
      if (name === 'whitespace' && gap !== ' ') continue
      const text = Array.from({ length: 20_000 }, (_, at) =>
        String.fromCharCode(0x61 + (at % 26)).repeat(5)
      ).join(character + gap)
      let termCount = 0
      const termCounts: number[] = []
      const steps = builtIn.get(name)!.visitTermsInSteps(text, () => termCount++)
      while (steps.next().done !== true) termCounts.push(termCount)
      const most = Math.max(...termCounts.map((count, at) => count - (termCounts[at - 1] ?? 0)))
      t.true(most <= 1024, `${name}: ${most} terms of ${termCount} in one step`)
      t.is(termCount, 20_000, name)
    }
})
