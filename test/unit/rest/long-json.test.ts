import fc from 'fast-check'
import test from 'ava'
import { selectionOf } from '../../../src/rest/filter-path.ts'
import { indentJson, writeJson } from '../../../src/rest/json-writer.ts'
import { isLong, writeLongJson } from '../../../src/rest/long-json.ts'
import { MadeList, RawJson } from '../../../src/util/index.ts'
import type { LoopSlice } from '../../../src/util/index.ts'

const seed = 1732190400

/** Time is always up. */
class EagerSlice implements LoopSlice {
  turnCount = 0

  due(): boolean {
    return true
  }

  wait(): Promise<void> {
    this.turnCount += 1
    return Promise.resolve()
  }

  restart(): void {
    // There is no clock.
  }
}

const hits = (count: number): unknown => ({
  took: 1,
  hits: {
    total: { value: count },
    hits: Array.from({ length: count }, (_, at) => ({
      _id: `é${at}`,
      _score: new RawJson(() => `${at}.5`),
      fields: new Map([['a', [at, undefined, 2n ** 60n]]])
    }))
  }
})

test('writeLongJson: the bytes are those of writeJson', async (t) => {
  const leaf = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.string().map((text) => new RawJson(JSON.stringify(text))),
    fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 20 })
  )
  const { value: any } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value')),
      fc.array(fc.tuple(fc.string(), tie('value'))).map((members) => new Map(members))
    )
  }))
  const property = fc.asyncProperty(any, fc.integer({ min: 0, max: 1200 }), async (one, count) => {
    // Few random values are long themselves.
    const value = { one: [one], many: Array.from({ length: count }, () => [one]) }
    t.is((await writeLongJson(value)).toString(), writeJson(value))
  })
  await fc.assert(property, { seed, numRuns: 50 })
  const long = { hits: hits(5000), vector: new Float32Array(2000).fill(0.5), none: undefined }
  t.is((await writeLongJson(long)).toString(), writeJson(long))
})

test('writeLongJson: gives a turn behind every thousand values, however they are nested', async (t) => {
  const slice = new EagerSlice()
  await writeLongJson({ responses: Array.from({ length: 5 }, () => hits(2000)) }, { slice })
  // Each hit holds seven values.
  t.true(slice.turnCount >= (5 * 2000 * 7) / 1000, `${slice.turnCount} turns`)
  const source = new RawJson(Buffer.from(JSON.stringify('x'.repeat(100_000))))
  const sources = new EagerSlice()
  await writeLongJson(
    Array.from({ length: 100 }, () => source),
    { slice: sources }
  )
  t.true(sources.turnCount >= (100 * 100_000) / 2 ** 18, `${sources.turnCount} turns`)
})

test('writeLongJson: what is picked and indented is what the short way picks and indents', async (t) => {
  const value = {
    responses: [hits(1500), { error: { type: 'x' } }, hits(0)],
    empty: [],
    none: {},
    raw: new RawJson(JSON.stringify({ a: { id: 1 }, b: [{ id: 2 }, {}] })),
    // What of it is wanted is found and printed in parts.
    long: new RawJson(
      Buffer.from(
        ` { "a": [ ${'{ "id": 1.0, "é": "\\u00e9" }, '.repeat(9000)}{} ], "b": { "id": -0 } }`
      )
    )
  }
  t.true(isLong(value.long))
  for (const paths of [
    'responses.hits.hits._id,responses.error',
    'responses.*.total',
    '**.a,empty,none',
    'raw.**.id',
    'nothing',
    'responses.hits.hits.nothing,responses.error.type',
    '-responses.hits.hits._id',
    '-responses.hits.hits',
    '-responses.*.total,-raw.b.id,-none',
    '-**',
    '**._id,-responses.hits.hits._id',
    'responses.hits,raw,-**.hits',
    'responses.hits,raw,-responses.hits.hits.fields',
    'empty,none,responses.error,-responses,-empty',
    'long',
    'long.b,raw',
    'long.*.id,raw',
    'long.none,none',
    '-long.a.id',
    '-long.a',
    'long.b,-long.b',
    'long.a.id,-long.*.id',
    '**.id,-long.b.id'
  ]) {
    const selection = selectionOf(paths)
    const wanted = selection.text(value) ?? '{}'
    t.is((await writeLongJson(value, { selection })).toString(), wanted, paths)
    const pretty = (await writeLongJson(value, { selection, isPretty: true })).toString()
    t.is(pretty, `${indentJson(wanted)}\n`, paths)
  }
  t.is(
    (await writeLongJson(value, { isPretty: true })).toString(),
    `${indentJson(writeJson(value))}\n`
  )
})

test('isLong: an answer to a search for ten is not, one for a thousand is', (t) => {
  t.false(isLong(hits(10)))
  t.true(isLong(hits(1000)))
  t.true(isLong({ _source: new RawJson(Buffer.alloc(2 ** 20, ' ')) }))
})

test('isLong: what is not wanted counts little, as only its names are read', (t) => {
  const list = selectionOf('hits.hits._id')
  const each = { _id: '1', _source: { a: [1, 2, 3], b: 'c' } }
  const answer = (count: number): unknown => ({
    hits: { hits: Array.from({ length: count }, () => each) }
  })
  t.true(isLong(answer(300)))
  t.false(isLong(answer(300), list))
  t.true(isLong(answer(1000), list))
  const wide = (count: number): unknown =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`none${at}`, 1]))
  t.false(isLong(wide(1500), list))
  t.true(isLong(wide(9000), list))
  t.true(isLong(new Map(Object.entries(wide(9000) as object)), list))
  t.true(isLong(wide(9000), selectionOf('-hits')))
})

test('writeLongJson: a list that is made while it is printed is printed as one that is there', async (t) => {
  const list = [...(hits(3000) as { hits: { hits: unknown[] } }).hits.hits]
  let madeCount = 0
  const made = new MadeList(list.length, (at) => {
    madeCount += 1
    return list[at]
  })
  t.true(isLong({ hits: made }))
  t.is(madeCount, 0)
  for (const paths of ['**', 'hits._id', '-hits._id', '-hits', 'hits.none'])
    t.is(
      (await writeLongJson({ hits: made }, { selection: selectionOf(paths) })).toString(),
      (await writeLongJson({ hits: list }, { selection: selectionOf(paths) })).toString(),
      paths
    )
  t.is(writeJson({ hits: made }), writeJson({ hits: list }))
  t.is(writeJson(new MadeList(0, () => 1)), '[]')
})
