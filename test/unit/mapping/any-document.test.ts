/**
 * Any JSON object at all: it is taken or refused by name, its source comes back byte by byte, and replay gives the same
 * fields. Names and values are drawn from few, so that documents after each other meet each other's mappings.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { elasticsearchFieldTypes } from '../../../src/dialect/elasticsearch/dense-vector.ts'
import { createMapping, openMapping } from '../../../src/mapping/index.ts'
import type { IndexMapping, ParsedDocument } from '../../../src/mapping/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'

const seed = 1594395154
const registry = elasticsearchFieldTypes()

const name = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('a', 'b', 'c', 'a.b', 'v', 'p', 'constructor', '__proto__')
  },
  { weight: 1, arbitrary: fc.constantFrom('', '.', 'a.', '.a', 'a..b', ' ', '_id', '\ud800') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) }
)
const scalar = fc.oneof(
  fc.constantFrom(
    '1',
    '1.0',
    '1e400',
    '-0',
    '9223372036854775808',
    'true',
    'null',
    '"x"',
    '"2019-05-04"',
    '"12"',
    '""',
    '"\\ud800"'
  ),
  fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
)
const { document } = fc.letrec<{ value: string; document: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }).map((list) => `[${list.join(',')}]`),
    fc.constantFrom(
      '[1.5,2.5]',
      '[1,2,3]',
      `[${Array.from({ length: 128 }, () => '0.5').join(',')}]`
    ),
    tie('document')
  ),
  document: fc
    .uniqueArray(fc.tuple(name, tie('value')), {
      maxLength: 4,
      selector: ([key]) => key.toWellFormed()
    })
    .map(
      (entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
    )
}))

const codes = ['DOC_PARSE', 'REQUEST_SYNTAX', 'MAPPING_STRICT']

/** null: refused, with one of the codes for it. */
function parse(mapping: IndexMapping, text: string): ParsedDocument | null {
  try {
    return mapping.parseDocument({ id: '1', routing: null, body: Buffer.from(text) })
  } catch (error) {
    if (error instanceof VectorStoreError && codes.includes(error.code)) return null
    throw error
  }
}

function sourceOf({ document: { source, docs } }: ParsedDocument): string {
  let printed = ''
  let from = 0
  for (const cut of source.cuts) {
    const stored = docs[cut.docOffset]!.vectors.find(({ field }) => field.number === cut.field)!
    printed += Buffer.from(source.text).toString('utf8', from, cut.offset)
    printed += JSON.stringify(Array.from(stored.vector))
    from = cut.offset
  }
  return printed + Buffer.from(source.text).toString('utf8', from)
}

test('parseDocument: any object is taken or refused by name, comes back as it was, and replays the same', (t) => {
  let takenCount = 0
  const first = createMapping(
    {
      properties: {
        v: { type: 'dense_vector', dims: 2, similarity: 'l2_norm' },
        p: { type: 'nested', properties: { v: { type: 'dense_vector' } } }
      }
    },
    registry,
    new Map()
  )
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (documents) => {
      let mapping = first
      for (const text of documents) {
        const parsed = parse(mapping, text)
        if (parsed === null) continue
        takenCount++
        t.is(sourceOf(parsed), text)
        mapping = parsed.update ?? mapping
        const { source, docs } = parsed.document
        const vectors = source.cuts.map(
          (cut) =>
            docs[cut.docOffset]!.vectors.find(({ field }) => field.number === cut.field)!.vector
        )
        t.deepEqual(
          finishAtOnce(mapping.parseLogged({ id: '1', routing: null, source, vectors })),
          parsed.document
        )
      }
      const record: unknown = JSON.parse(JSON.stringify(mapping.toRecord()))
      const opened = finishAtOnce(openMapping(record, registry))
      t.deepEqual(opened.toJson(), mapping.toJson())
    }),
    { seed, numRuns: 400 }
  )
  t.true(takenCount > 300, `${takenCount} documents were taken`)
})
