import test from 'ava'
import { BodyNode } from '../../../src/dialect/body-node.ts'
import { booleanOf, doubleOf, field, intOf, readObject } from '../../../src/dialect/body-values.ts'

test('intOf: whole numbers, quoted or not; anything that would be cut is refused', (t) => {
  t.is(intOf(5), 5)
  t.is(intOf('5'), 5)
  t.is(intOf(5.0), 5)
  t.throws(() => intOf(5.5), { message: '5.5 cannot be converted to Integer without data loss' })
  t.throws(() => intOf('x'), { message: 'For input string: "x"' })
  t.throws(() => intOf(2 ** 31), { message: 'Numeric value (2147483648) out of range of int' })
})

test('doubleOf: blanks are no number', (t) => {
  t.is(doubleOf('1.5'), 1.5)
  t.is(doubleOf(3n), 3)
  t.throws(() => doubleOf(''), { message: 'empty String' })
  t.throws(() => doubleOf(' '))
})

test('booleanOf: true and false, quoted or not', (t) => {
  t.true(booleanOf('true'))
  t.false(booleanOf(false))
  t.throws(() => booleanOf(1), {
    message: 'Failed to parse value [1] as only [true] or [false] are allowed.'
  })
})

test('readObject: unknown members, wrong tokens and failing readers are told apart', (t) => {
  const read = (value: unknown): number => {
    let k = 0
    readObject(new BodyNode(value), 'knn', {
      k: field.int((found) => {
        k = found
      })
    })
    return k
  }
  t.is(read({ k: '7' }), 7)
  t.throws(() => read({ l: 1 }), { message: '[knn] unknown field [l]' })
  t.throws(() => read({ k: {} }), {
    message: "[knn] k doesn't support values of type: START_OBJECT"
  })
  const error = t.throws(() => read({ k: 1.5 }), { message: '[knn] failed to parse field [k]' })
  t.true(error?.cause instanceof Error)
  t.throws(() => read({ toString: 1 }), { message: '[knn] unknown field [toString]' })
})
