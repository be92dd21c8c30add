import test from 'ava'
import { Parameters } from '../../../src/rest/parameters.ts'

test('Parameters: query strings and objects are read alike; a plus is a blank', (t) => {
  for (const url of [
    new Parameters('a=1&b=x%20y&c'),
    new Parameters({ a: '1', b: 'x y', c: '' })
  ]) {
    t.is(url.int('a'), 1)
    t.is(url.get('b'), 'x y')
    t.true(url.flag('c'))
    t.false(url.flag('d'))
    t.is(url.get('d'), undefined)
  }
  t.is(new Parameters('q=a+b').get('q'), 'a b')
})

test('Parameters: numbers, times and lists', (t) => {
  const url = new Parameters('n=x&t=1m&l=a,b&e=')
  t.throws(() => url.int('n'), { message: 'Failed to parse int parameter [n] with value [x]' })
  t.is(url.timeMs('t'), 60_000)
  t.deepEqual(url.list('l'), ['a', 'b'])
  t.deepEqual(url.list('e'), [])
})

test('checkKnown: common parameters are known everywhere, names of the prototype nowhere', (t) => {
  t.notThrows(() =>
    new Parameters('pretty&human=true&format=json&error_trace&filter_path=a').checkKnown('/p', [])
  )
  t.throws(() => new Parameters('constructor=1').checkKnown('/p', []), {
    message: 'request [/p] contains unrecognized parameter: [constructor]'
  })
  t.throws(() => new Parameters('prety').checkKnown('/p', []), {
    message: 'request [/p] contains unrecognized parameter: [prety] -> did you mean [pretty]?'
  })
})
