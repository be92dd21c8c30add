import test from 'ava'
import fc from 'fast-check'
import { matchesWildcard } from '../../../src/util/index.ts'

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
