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

test('matchesWildcard: many stars take looks in the product of the lengths, not more', (t) => {
  const pattern = 'a*'.repeat(200) + 'b'
  const name = 'a'.repeat(2_000)
  let looks = 0
  const counted = new Proxy(Object(name) as object, {
    get(target, key) {
      looks += 1
      if (looks > 3 * pattern.length * name.length) throw new Error(`${looks} looks`)
      return Reflect.get(target, key)
    }
  })
  t.false(matchesWildcard(pattern, counted as unknown as string))
})
