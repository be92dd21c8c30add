import test from 'ava'
import { suggest } from '../../../src/dialect/suggest.ts'

test('suggest: one close name is meant, several are listed best first, none is silence', (t) => {
  t.is(suggest('mach', ['match', 'term']), ' did you mean [match]?')
  t.is(suggest('ters', ['term', 'terms', 'exists']), ' did you mean any of [terms, term]?')
  t.is(suggest('foo', ['match', 'term']), '')
})

test('suggest: half alike is not alike', (t) => {
  t.is(suggest('kk', ['k']), '')
  t.is(suggest('index.foo', ['index.mode'], 0.7), '')
})
