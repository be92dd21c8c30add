import test from 'ava'
import { decayFunction, fieldValueFactor, randomScore } from '../../../src/script/index.ts'
import type { FactorModifier, ScriptContext } from '../../../src/script/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const values: readonly (readonly number[])[] = [[4], [10, 30], []]

const context: ScriptContext = {
  field: () => ({ kind: 'double' }),
  vectorFunction: () => () => 0,
  vectorAt: () => null,
  values: (_field, docId) => values[docId] ?? []
}

test('fieldValueFactor: multiplies, then modifies', (t) => {
  const factor = (modifier: FactorModifier): number =>
    fieldValueFactor({ field: 'f', factor: 2, modifier, missing: null }).bind(context)(0, 0)
  const expected: Readonly<Record<FactorModifier, number>> = {
    none: 8,
    log: Math.log10(8),
    log1p: Math.log10(9),
    log2p: 1,
    ln: Math.log(8),
    ln1p: Math.log(9),
    ln2p: Math.log(10),
    square: 64,
    sqrt: Math.sqrt(8),
    reciprocal: 0.125
  }
  for (const [modifier, value] of Object.entries(expected))
    t.true(Math.abs(factor(modifier as FactorModifier) - value) < 1e-12, modifier)
})

test('fieldValueFactor: a document without a value takes the one given for it, or is refused', (t) => {
  const bound = (missing: number | null, factor = 1): ((docId: number, score: number) => number) =>
    fieldValueFactor({ field: 'f', factor, modifier: 'none', missing }).bind(context)
  t.is(bound(7)(2, 0), 7)
  const absent = t.throws(() => bound(null)(2, 0), { instanceOf: VectorStoreError })
  t.is(absent?.message, 'Missing value for field [f]')
  const negative = t.throws(() => bound(null, -1)(0, 0), { instanceOf: VectorStoreError })
  t.regex(negative?.message ?? '', /must not produce negative scores, but got: \[-4\]/)
})

test('decayFunction: gives `decay` at the distance `scale`, 1 within the offset', (t) => {
  const decay = (kind: 'gauss' | 'exp' | 'linear', mode: 'min' | 'max', docId: number): number =>
    decayFunction({ kind, field: 'f', origin: 0, scale: 9, offset: 1, decay: 0.3, mode }).bind(
      context
    )(docId, 0)
  for (const kind of ['gauss', 'exp', 'linear'] as const) {
    t.true(Math.abs(decay(kind, 'min', 1) - 0.3) < 1e-12, kind)
    t.true(decay(kind, 'max', 1) < 0.1, kind)
    t.is(decay(kind, 'min', 2), 1, kind)
  }
  const near = decayFunction({
    kind: 'exp',
    field: 'f',
    origin: 5,
    scale: 1,
    offset: 1,
    decay: 0.5,
    mode: 'avg'
  })
  t.is(near.bind(context)(0, 0), 1)
})

test('randomScore: the same for the same seed, spread over 0 to 1', (t) => {
  const draw = (seed: number): number[] => {
    const bound = randomScore({ seed, field: null }).bind(context)
    return Array.from({ length: 1000 }, (_, docId) => bound(docId, 0))
  }
  t.deepEqual(draw(1), draw(1))
  t.notDeepEqual(draw(1), draw(2))
  t.true(draw(1).every((value) => value >= 0 && value < 1))
  const mean = draw(3).reduce((sum, value) => sum + value, 0) / 1000
  t.true(Math.abs(mean - 0.5) < 0.05, String(mean))
  t.is(new Set(draw(4)).size > 990, true)
})
