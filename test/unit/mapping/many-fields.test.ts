/** Mappings of thousands of fields: they are made, changed and printed in steps, and are what they were in one piece. */
import test from 'ava'
import {
  createFieldTypeRegistry,
  createMapping,
  createMappingInSteps,
  openMapping
} from '../../../src/mapping/index.ts'
import type { MappingJson } from '../../../src/mapping/index.ts'
import type { Steps } from '../../../src/util/index.ts'

const registry = createFieldTypeRegistry([])
const fieldCount = 4000
const settings = new Map([['index.mapping.total_fields.limit', '20000']])
const text = { type: 'text', fields: { k: { type: 'keyword' } } }

function fieldsOf(count: number): MappingJson {
  const fields = Array.from({ length: count }, (_, at) => [
    `f${at}`,
    at % 2 === 0 ? text : { type: 'long', meta: { unit: String(at) } }
  ])
  return { properties: Object.fromEntries(fields) as MappingJson }
}

function finished<T>(steps: Steps<T>): { readonly result: T; readonly stepCount: number } {
  let stepCount = 1
  let step = steps.next()
  for (; step.done !== true; stepCount++) step = steps.next()
  return { result: step.value, stepCount }
}

test('text: is the JSON of all definitions, names that are numbers first, the others in order', (t) => {
  const mapping = createMapping(
    {
      dynamic: false,
      _meta: { b: 1, a: [2] },
      properties: {
        b: { type: 'keyword', ignore_above: 3 },
        'é"': { type: 'integer' },
        10: { type: 'boolean' },
        9: text,
        empty: { type: 'object' },
        ['__proto__']: { properties: { z: { type: 'long' }, y: { type: 'nested' } } },
        again: { type: 'alias', path: 'b' },
        off: { enabled: false }
      }
    },
    registry,
    new Map()
  )
  const merged = mapping.merge({ properties: { 'off.x': { type: 'date' }, a: { type: 'float' } } })
  const properties = [
    '"9":{"type":"text","fields":{"k":{"type":"keyword"}}}',
    '"10":{"type":"boolean"}',
    '"__proto__":{"properties":{"y":{"type":"nested"},"z":{"type":"long"}}}',
    '"a":{"type":"float"}',
    '"again":{"type":"alias","path":"b"}',
    '"b":{"type":"keyword","ignore_above":3}',
    '"empty":{"type":"object"}',
    '"off":{"enabled":false,"properties":{"x":{"type":"date"}}}',
    String.raw`"é\"":{"type":"integer"}`
  ]
  const wanted = `{"dynamic":"false","_meta":{"b":1,"a":[2]},"properties":{${properties.join(',')}}}`
  t.is(merged.text, wanted)
  t.is(JSON.stringify(merged.toJson()), wanted)
  t.is(createMapping({}, registry, new Map()).text, '{}')
})

test('createMappingInSteps, mergeInSteps: many steps for many fields, there already or new, in one object or in many', (t) => {
  const definition = fieldsOf(fieldCount)
  const made = finished(createMappingInSteps(definition, registry, settings))
  t.true(made.stepCount > fieldCount / 32, `made in ${made.stepCount} steps`)
  t.is(made.result.text, createMapping(definition, registry, settings).text)

  const one = { properties: { another: { type: 'long' } } }
  const merged = finished(made.result.mergeInSteps(one))
  t.true(merged.stepCount > fieldCount / 128, `merged in ${merged.stepCount} steps`)
  t.is(merged.result.text, made.result.merge(one).text)
  t.is(merged.result.fieldInfos.length, fieldCount * 1.5 + 1)

  const objects = Array.from({ length: 1000 }, (_, at) => [`o${at}`, fieldsOf(3)])
  const properties = Object.fromEntries(objects) as MappingJson
  const deep = finished(createMappingInSteps({ properties }, registry, settings))
  t.true(deep.stepCount > 3000 / 32, `objects in ${deep.stepCount} steps`)
})

test('openMapping: many steps for many fields', (t) => {
  const made = createMapping(fieldsOf(fieldCount), registry, settings)
  const { result, stepCount } = finished(openMapping(made.toRecord(), registry))
  t.true(stepCount > fieldCount / 32, `${stepCount} steps`)
  t.is(result.text, made.text)
})

test('parseInSteps: a short document that adds to a mapping of many fields takes many steps', (t) => {
  const mapping = createMapping(fieldsOf(fieldCount), registry, settings)
  const input = { id: '1', routing: null, body: Buffer.from('{"another":1}') }
  const { result, stepCount } = finished(mapping.parseInSteps(input))
  t.true(stepCount > fieldCount / 128, `${stepCount} steps`)
  t.is(result.update?.text, mapping.parseDocument(input).update?.text)
})
