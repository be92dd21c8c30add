import test from 'ava'
import { parseBulkAction } from '../../../src/dialect/elasticsearch/bulk-line.ts'

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
