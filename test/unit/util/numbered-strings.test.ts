import fc from 'fast-check'
import test from 'ava'
import { NumberedStrings } from '../../../src/util/index.ts'

const seed = 20_261_122
const text = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', '__proto__', '\ud800', '\udfff', 'a'.repeat(100_000))
)

test('add: numbers strings as they come, as a Map of them says', (t) => {
  const property = fc.property(fc.array(text, { maxLength: 300, size: 'max' }), (texts) => {
    const numbered = new NumberedStrings()
    const wanted = new Map<string, number>()
    for (const each of texts) {
      t.is(numbered.find(each), wanted.get(each) ?? -1)
      if (!wanted.has(each)) wanted.set(each, wanted.size)
      t.is(numbered.add(each), wanted.get(each)!)
      t.is(numbered.length, wanted.size)
    }
    t.deepEqual(numbered.strings, [...wanted.keys()])
  })
  fc.assert(property, { seed, numRuns: 300 })
})

test('find: each of as many strings as fill every place several times, and no other', (t) => {
  const numbered = new NumberedStrings()
  // Names that count are all a weak hash needs to put them into few places.
  const nameOf = (number: number): string => `name ${number}`
  const count = 100_000
  for (let number = 0; number < count; number++) {
    const added = numbered.add(nameOf(number))
    if (added !== number) t.fail(`${added} for ${number}`)
  }
  let wrong = 0
  for (let number = 0; number < 2 * count; number++)
    if (numbered.find(nameOf(number)) !== (number < count ? number : -1)) wrong++
  t.is(wrong, 0)
})
