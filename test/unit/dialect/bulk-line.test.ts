import test from 'ava'
import fc from 'fast-check'
import { parseBulkAction } from '../../../src/dialect/elasticsearch/bulk-line.ts'
import { plainBulkAction } from '../../../src/dialect/elasticsearch/plain-bulk-line.ts'
import { parseJson } from '../../../src/util/index.ts'

test('parseBulkAction: everything that an action line may say', (t) => {
  t.deepEqual(
    parseBulkAction(
      {
        update: {
          _index: 'i',
          _id: 7,
          routing: 'r',
          if_seq_no: 3,
          if_primary_term: 1,
          retry_on_conflict: 2,
          require_alias: 'true'
        }
      },
      1
    ),
    {
      type: 'update',
      index: 'i',
      id: '7',
      routing: 'r',
      conditions: { ifSeqNo: 3, ifPrimaryTerm: 1 },
      requireAlias: true,
      retryOnConflict: 2,
      source: undefined
    }
  )
  t.is(parseBulkAction({ index: { op_type: 'create' } }, 1).type, 'create')
})

test('parseBulkAction: what it refuses names the line', (t) => {
  const cases: [unknown, string][] = [
    [1, 'Malformed action/metadata line [5], expected START_OBJECT but found [VALUE_NUMBER]'],
    [
      { foo: {} },
      'Malformed action/metadata line [5], expected field [create], [delete], [index] or [update] but found [foo]'
    ],
    [
      { index: 'x' },
      'Malformed action/metadata line [5], expected START_OBJECT but found [VALUE_STRING]'
    ],
    [
      { index: {}, a: 1 },
      'Malformed action/metadata line [5], expected END_OBJECT but found [FIELD_NAME]'
    ],
    [{ index: { foo: 1 } }, 'Action/metadata line [5] contains an unknown parameter [foo]'],
    [
      { index: { constructor: 1 } },
      'Action/metadata line [5] contains an unknown parameter [constructor]'
    ],
    [
      { index: { _id: [] } },
      'Malformed action/metadata line [5], expected a simple value for field [_id] but found [START_ARRAY]'
    ],
    [{ index: { version_type: 'x' } }, 'No version type match [x]'],
    [
      { index: { _id: '\ud800' } },
      '_id must be well-formed Unicode, found half of a surrogate pair'
    ],
    [{ index: { pipeline: 'p' } }, 'pipeline with id [p] does not exist']
  ]
  for (const [line, message] of cases) t.throws(() => parseBulkAction(line, 5), { message })
})

test('plainBulkAction: a line as clients print it gives what parsing gives', (t) => {
  const cases = [
    '{"index":{}}',
    '{"create":{"_id":"1"}}',
    '{"delete":{"_index":"a b","_id":"~!/{}:,"}}',
    '{"index":{"_index":"i"}}',
    '{"index":{"_index":"","_id":""}}'
  ]
  for (const line of cases) {
    const plain = plainBulkAction(Buffer.from(line))
    t.deepEqual(plain, parseBulkAction(JSON.parse(line), 1), line)
  }
})

test('plainBulkAction: any line it takes is JSON that means the same', (t) => {
  const heads = [
    '{"index":{',
    '{"create":{',
    '{"delete":{',
    '{"update":{',
    '{ "index":{',
    '{"index" :{'
  ]
  const rest = '"_index":" "_id":" "routing":" " , }} } 1 ab \\u0041 ä \t'.split(' ')
  const parts = [...heads, ...rest, ' ']
  const shape = fc
    .tuple(
      fc.constantFrom(...heads),
      fc.constantFrom('', '"_index":"i"', '"_id":"1"', '"_id":"ä"'),
      fc.constantFrom('', ',', ' ,', '"'),
      fc.constantFrom('', '"_id":"1"', '"_index":"i"', '"_id":"\\""', '"version":1'),
      fc.constantFrom('}}', '}}', '}}', '}}', '}} ', '}', '}}}', ',}}')
    )
    .map((all) => all.join(''))
  const any = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((all) => all.join(''))
  let takenCount = 0
  fc.assert(
    fc.property(fc.oneof(shape, any), (line) => {
      const plain = plainBulkAction(Buffer.from(line))
      if (plain === null) return
      takenCount += 1
      t.deepEqual(plain, parseBulkAction(parseJson(Buffer.from(line)), 1), line)
    }),
    { seed: 20261123, numRuns: 5_000 }
  )
  t.true(takenCount > 20)
})
