import test from 'ava'
import fc from 'fast-check'
import { compilePrefix, compileWildcard } from '../../../src/query/index.ts'
import { matchTokens } from '../../../src/query/wildcard.ts'

test('compileWildcard: matches as a regular expression does', (t) => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '\u{1F600}'), maxLength: 8 })
  const patterns = fc.string({
    unit: fc.constantFrom('a', 'b', '*', '?', '\u{1F600}'),
    maxLength: 6
  })
  fc.assert(
    fc.property(patterns, letters, fc.boolean(), (pattern, text, fold) => {
      const source = pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')
      const expected = new RegExp(`^${source}$`, fold ? 'iu' : 'u').test(text)
      t.is(compileWildcard(pattern, fold).matches(text), expected, `${pattern} ${text}`)
    }),
    { seed: 11, numRuns: 2000 }
  )
})

test('compileWildcard: a backslash takes the next character as it is', (t) => {
  t.true(compileWildcard(String.raw`a\*`, false).matches('a*'))
  t.false(compileWildcard(String.raw`a\*`, false).matches('ab'))
  t.true(compileWildcard(String.raw`a\\?`, false).matches(String.raw`a\b`))
})

test('compileWildcard: knows what every match begins with', (t) => {
  t.is(compileWildcard('ab*c', false).prefix, 'ab')
  t.is(compileWildcard('ab*c', true).prefix, '')
  t.true(compileWildcard('abc', false).isLiteral)
})

test('matchTokens: many stars take no more looks than pattern times text, thrice', (t) => {
  const anyRun = -2
  const tokens = [...Array.from({ length: 50 }, () => [anyRun, 97]).flat(), 98]
  const codes = Array.from({ length: 5_000 }, () => 97)
  let looks = 0
  const counted = new Proxy(codes, {
    get(target, key) {
      looks += 1
      if (looks > 3 * tokens.length * codes.length) throw new Error(`${looks} looks`)
      return Reflect.get(target, key)
    }
  })
  t.false(matchTokens(tokens, counted))
})

test('compilePrefix: folds ASCII letters only', (t) => {
  t.true(compilePrefix('Ab', true).matches('aBc'))
  t.false(compilePrefix('Ab', false).matches('aBc'))
  t.false(compilePrefix('É', true).matches('é'))
})
