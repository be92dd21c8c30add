import test from 'ava'
import { checkIndexName } from '../../../src/node/index.ts'
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
