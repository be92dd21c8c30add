import test from 'ava'
import { createFieldTypeRegistry, createMapping, openMapping } from '../../../src/mapping/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'

type Json = Record<string, unknown>
const registry = createFieldTypeRegistry([])
const none: ReadonlyMap<string, string> = new Map()

function faultOf(run: () => unknown): VectorStoreError {
  try {
    run()
  } catch (error) {
    if (error instanceof VectorStoreError) return error
    throw error
  }
  throw new Error('no error was thrown')
}

test('createMapping: faults of a definition have the texts of the reference', (t) => {
  const cases: readonly (readonly [Json, string])[] = [
    [{ properties: { f: {} } }, 'No type specified for field [f]'],
    [
      { properties: { f: { type: 'foo' } } },
      'The mapper type [foo] declared on field [f] does not exist. It might have been created within a future version or requires a plugin to be installed. Check the documentation.'
    ],
    [
      { properties: { f: { type: 'long', foo: 1 } } },
      'unknown parameter [foo] on mapper [f] of type [long]'
    ],
    [{ foo: 'bar' }, 'Root mapping definition has unsupported parameters:  [foo : bar]'],
    // Definitions of this process may hold what JSON does not.
    [
      { foo: [2n ** 64n] },
      'Root mapping definition has unsupported parameters:  [foo : ["18446744073709551616"]]'
    ],
    [{ foo: 3n }, 'Root mapping definition has unsupported parameters:  [foo : 3]'],
    [
      { properties: { f: { type: 'text', analyzer: 'nobody' } } },
      'analyzer [nobody] has not been configured in mappings'
    ],
    [
      { properties: { f: { type: 'text', search_analyzer: 'simple' } } },
      'analyzer on field [f] must be set when search_analyzer is set'
    ],
    [
      { properties: { f: { type: 'date', format: 'nonsense' } } },
      'Invalid format: [nonsense]: Unknown pattern letter: n'
    ],
    [
      { properties: { a: { type: 'alias', path: 'b' } } },
      'Invalid [path] value [b] for field alias [a]: an alias must refer to an existing field in the mappings.'
    ]
  ]
  for (const [definition, reason] of cases) {
    const fault = faultOf(() => createMapping(definition, registry, none))
    t.is(fault.code, 'MAPPING_PARSE')
    t.is(fault.message, `Failed to parse mapping: ${reason}`)
    t.is((fault.cause as Error).message, reason)
  }
  // Parameters of a field written where its name belongs.
  t.is(
    faultOf(() => createMapping({ properties: { type: 'long' } }, registry, none)).code,
    'MAPPING_PARSE'
  )
})

test('merge: adds fields, keeps numbers, and leaves the old mapping as it was', (t) => {
  const first = createMapping(
    { properties: { a: { type: 'long' }, b: { type: 'keyword' } } },
    registry,
    none
  )
  const second = first.merge({
    properties: {
      c: { type: 'long' },
      a: { type: 'long', ignore_malformed: true },
      'o.p': { type: 'date' }
    }
  })
  t.deepEqual(Object.keys(first.toJson()['properties'] as Json), ['a', 'b'])
  t.deepEqual(Object.keys(second.toJson()['properties'] as Json), ['a', 'b', 'c', 'o'])
  t.is(second.field('a')!.info!.number, first.field('a')!.info!.number)
  const numbers = second.fieldInfos.map(({ number }) => number)
  t.is(new Set(numbers).size, 4)
})

test('merge: what may not change is refused in one message', (t) => {
  const mapping = createMapping(
    {
      properties: {
        k: { type: 'keyword' },
        o: { type: 'nested' },
        p: { properties: { x: { type: 'long' } } }
      }
    },
    registry,
    none
  )
  const fault = (properties: Json): string => {
    const error = faultOf(() => mapping.merge({ properties }))
    t.is(error.code, 'MAPPING_CONFLICT')
    return error.message
  }
  t.is(
    fault({ k: { type: 'keyword', index: false, doc_values: false } }),
    'Mapper for [k] conflicts with existing mapper:\n\tCannot update parameter [index] from [true] to [false]\n\tCannot update parameter [doc_values] from [true] to [false]'
  )
  t.is(fault({ k: { type: 'text' } }), 'mapper [k] cannot be changed from type [keyword] to [text]')
  t.is(
    fault({ p: { type: 'nested' } }),
    "can't merge a non-nested mapping [p] with a nested mapping"
  )
  t.is(
    fault({ k: { properties: {} } }),
    "can't merge a non object mapping [k] with an object mapping"
  )
})

test('toRecord: a mapping opened from its record prints the same and goes on with the numbers', (t) => {
  const settings = new Map([
    ['analysis.analyzer.my.tokenizer', 'whitespace'],
    ['mapping.total_fields.limit', '10'],
    ['number_of_shards', '1']
  ])
  const definition = JSON.parse(
    '{"dynamic":"strict","_meta":{"a":1},"date_detection":false,"properties":{"__proto__":{"type":"long"},"t":{"type":"text","analyzer":"my","fields":{"raw":{"type":"keyword"}}},"n":{"type":"nested","properties":{"x":{"type":"date","format":"yyyy"}}},"al":{"type":"alias","path":"t"}}}'
  ) as Json
  const mapping = createMapping(definition, registry, settings)
  // As a codec that knows JSON types only would keep it.
  const record: unknown = JSON.parse(JSON.stringify(mapping.toRecord()))
  const opened = finishAtOnce(openMapping(record, registry))
  t.deepEqual(opened.toJson(), mapping.toJson())
  t.deepEqual(opened.fieldInfos, mapping.fieldInfos)
  const more = { properties: { z: { type: 'long' } } }
  t.is(opened.merge(more).field('z')!.info!.number, mapping.merge(more).field('z')!.info!.number)
  t.is(opened.field('al')!.name, 't')
})

test('underSettings: lower limits leave what is there, and refuse what is new; a record of it is opened', (t) => {
  const limit = (count: number): Map<string, string> =>
    new Map([['mapping.total_fields.limit', String(count)]])
  const properties = { a: { type: 'long' }, b: { type: 'text' } }
  const mapping = createMapping({ properties }, registry, limit(2)).underSettings(limit(1))
  for (const one of [mapping, finishAtOnce(openMapping(mapping.toRecord(), registry))]) {
    t.deepEqual(one.toJson(), { properties })
    const document = one.parseDocument({ id: '1', routing: null, body: { a: 1, b: 'x' } })
    t.is(document.update, null)
    t.throws(() => one.merge({ properties: { c: { type: 'long' } } }), {
      message: 'Failed to parse mapping: Limit of total fields [1] has been exceeded'
    })
    const higher = one.underSettings(limit(3)).merge({ properties: { c: { type: 'long' } } })
    t.is(higher.fieldInfos.length, 3)
  }
  t.throws(() => mapping.underSettings(new Map([['mapping.depth.limit', 'x']])), {
    code: 'REQUEST_ARGUMENT'
  })
})

test('fieldsMatching: wildcards reach leaves and multi-fields', (t) => {
  const mapping = createMapping(
    {
      properties: {
        a: {
          properties: {
            x: { type: 'long' },
            y: { type: 'text', fields: { raw: { type: 'keyword' } } }
          }
        },
        b: { type: 'long' }
      }
    },
    registry,
    none
  )
  t.deepEqual(
    mapping.fieldsMatching('a.*').map(({ name }) => name),
    ['a.x', 'a.y', 'a.y.raw']
  )
  t.deepEqual(
    mapping.fieldsMatching('b').map(({ name }) => name),
    ['b']
  )
})

test('MappedField: values for fields, columns and sort are those of the type', (t) => {
  const mapping = createMapping(
    {
      properties: {
        k: { type: 'keyword' },
        d: { type: 'date' },
        l: { type: 'long' },
        f: { type: 'float' },
        b: { type: 'boolean' }
      }
    },
    registry,
    none
  )
  const fetch = (name: string, value: unknown, format: string | null = null): unknown =>
    mapping.field(name)!.fetchValues(value, format)
  t.deepEqual(fetch('k', [0, 'x', [true]]), ['0', 'x', 'true'])
  t.deepEqual(fetch('d', ['2019-05-04', 0]), [
    '2019-05-04T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z'
  ])
  t.deepEqual(fetch('d', '2019-05-04', 'dd.MM.yy'), ['04.05.19'])
  t.deepEqual(fetch('l', ['5', 2.5]), [5, 2])
  t.deepEqual(fetch('f', 0.1), [0.1])
  t.deepEqual(fetch('b', 'true'), [true])
  t.is(
    faultOf(() => fetch('k', 'x', 'y')).message,
    "Field [k] of type [keyword] doesn't support formats."
  )
  t.is(mapping.field('d')!.sortValue('2019-05-04'), 1556928000000n)
  t.is(mapping.field('l')!.sortValue(7), 7n)
  t.is(mapping.field('k')!.sortValue(7), '7')
})
