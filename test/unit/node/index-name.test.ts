import test from 'ava'
import fc from 'fast-check'
import { checkIndexName, matchesWildcard } from '../../../src/node/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

test('checkIndexName: what Elasticsearch refuses is refused', (t) => {
  const refused = [
    '',
    '.',
    '..',
    '_a',
    '-a',
    '+a',
    'Upper',
    'a b',
    'a,b',
    'a*',
    'a?',
    'a#b',
    'a:b',
    'a/b',
    'a\\b',
    'a"b',
    'a<b',
    'a|b',
    'a\nb',
    'x'.repeat(256),
    'é'.repeat(128)
  ]
  for (const name of refused) {
    const error = t.throws(() => checkIndexName(name), { instanceOf: VectorStoreError }, name)
    t.is(error?.code, 'INDEX_NAME')
  }
  for (const name of [
    'a',
    '.hidden',
    'a-b_c.d',
    'ünï',
    '0',
    'x'.repeat(255),
    'constructor',
    '__'.slice(2) + 'ok'
  ])
    t.notThrows(() => checkIndexName(name), name)
})

test('matchesWildcard: agrees with the regular expression of the pattern', (t) => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '('), maxLength: 8 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '('), maxLength: 10 })
  fc.assert(
    fc.property(letters, name, (pattern, text) => {
      const source = pattern
        .split('*')
        .map((part) => part.replaceAll(/[.(]/g, '\\$&'))
        .join('.*')
      return matchesWildcard(pattern, text) === new RegExp(`^${source}$`).test(text)
    }),
    { seed: 5, numRuns: 2_000 }
  )
  t.pass()
})

test('matchesWildcard: many stars take time in the product of the lengths, not more', (t) => {
  const started = performance.now()
  t.false(matchesWildcard('a*'.repeat(200) + 'b', 'a'.repeat(2_000)))
  t.true(performance.now() - started < 10_000)
})
