/** Method: documents of random members, long enough for many steps, parsed in steps and in one piece. */
import fc from 'fast-check'
import test from 'ava'
import { createFieldTypeRegistry, createMapping } from '../../../src/mapping/index.ts'
import type { IndexMapping } from '../../../src/mapping/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'

const seed = 20261122
const registry = createFieldTypeRegistry([], { dynamicFloatArray: () => null })
const definition = {
  properties: {
    t: { type: 'text', fields: { k: { type: 'keyword', ignore_above: 40 } } },
    k: { type: 'keyword', copy_to: 't' },
    n: { type: 'integer', ignore_malformed: true },
    off: { type: 'object', enabled: false },
    in: { type: 'nested', include_in_parent: true, properties: { t: { type: 'text' } } }
  }
}

const words = fc
  .tuple(fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { minLength: 1 }), fc.nat(3000))
  .map(([some, count]) =>
    Array.from({ length: count }, (_, at) => some[at % some.length]).join(' ')
  )
const scalar = fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null))
const document = fc.record(
  {
    t: fc.oneof(words, fc.array(words, { maxLength: 4 })),
    k: fc.array(fc.string(), { maxLength: 3000, size: 'max' }),
    n: fc.array(fc.oneof(fc.integer({ max: 2 ** 20 }), fc.constant('no')), { maxLength: 3000 }),
    off: fc.array(fc.dictionary(fc.string(), scalar), { maxLength: 50 }),
    in: fc.oneof(fc.record({ t: words }), fc.array(fc.record({ t: words }), { maxLength: 5 })),
    'in.t': words,
    new: fc.array(fc.dictionary(fc.stringMatching(/^[a-z]$/), scalar), { maxLength: 20 }),
    'new.at.once': scalar
  },
  { requiredKeys: [] }
)

function shown(read: () => ReturnType<IndexMapping['parseDocument']>): unknown {
  try {
    const { document: parsed, update } = read()
    return { docs: parsed.docs, source: parsed.source, mapping: update?.toJson() ?? null }
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    return `${error.code} ${error.message}`
  }
}

test('parseInSteps: gives what parseDocument gives, and yields for every piece of a document', (t) => {
  const mapping = createMapping(definition, registry, new Map())
  const property = fc.property(document, fc.boolean(), (given, isBroken) => {
    const text = JSON.stringify(given)
    const body = Buffer.from(isBroken ? `${text.slice(0, -1)},"k":{"a":1}}` : text)
    const input = { id: '1', routing: null, body }
    const inSteps = (): ReturnType<typeof mapping.parseDocument> =>
      finishAtOnce(mapping.parseInSteps(input))
    t.deepEqual(
      shown(inSteps),
      shown(() => mapping.parseDocument(input))
    )
  })
  fc.assert(property, { seed, numRuns: 60 })
})

test('parseInSteps: yields for every piece, of lists, of objects that are not wanted and of texts', (t) => {
  const mapping = createMapping(definition, registry, new Map())
  const long = {
    k: { k: Array.from({ length: 20_000 }, (_, at) => `key${at}`) },
    n: { n: Array.from({ length: 40_000 }, (_, at) => at) },
    off: { off: Array.from({ length: 10_000 }, (_, at) => ({ at, x: [1, { y: at }] })) },
    in: { in: Array.from({ length: 5000 }, (_, at) => ({ t: `word${at} word` })) },
    new: { new: Array.from({ length: 20_000 }, (_, at) => ({ a: at })) },
    t: { t: 'some words '.repeat(20_000) },
    lines: { t: 'some\nwörds\n'.repeat(20_000) }
  }
  for (const [name, given] of Object.entries(long)) {
    const body = Buffer.from(JSON.stringify(given))
    const count = [...mapping.parseInSteps({ id: '1', routing: null, body })].length
    t.true(count >= Math.floor(body.length / 2 ** 16), `${name}: ${count} of ${body.length} bytes`)
  }
})

test('parseInSteps: yields for every hundred of short members or elements', (t) => {
  const mapping = createMapping(definition, registry, new Map())
  const count = 20_000
  const members = Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, null]))
  for (const given of [members, { n: Array.from({ length: count }, () => 1) }]) {
    const body = Buffer.from(JSON.stringify(given))
    const stepCount = [...mapping.parseInSteps({ id: '1', routing: null, body })].length
    t.true(stepCount >= count / 256, `${stepCount} steps`)
  }
})
