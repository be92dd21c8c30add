import test from 'ava'
import * as fc from 'fast-check'
import {
  float32Text,
  javaDoubleText,
  javaFloatText,
  shortestFloat32
} from '../../../src/util/index.ts'

const seed = 1594395154

test('float32Text: the text gives the same float32 again, and one digit less does not', (t) => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = float32Text(value)
      t.is(Math.fround(Number(text)), value === 0 ? Math.fround(Number(text)) : value)
      const digits = text
        .replace(/e.*$/, '')
        .replaceAll(/[-.]/g, '')
        .replace(/^0+/, '')
        .replace(/0+$/, '').length
      if (digits > 1) t.not(Math.fround(Number(value.toPrecision(digits - 1))), value)
    }),
    { seed, numRuns: 2000 }
  )
})

test('float32Text: is the first of the texts of 1, 2 … 9 digits that gives the float32 again', (t) => {
  const shortest = (value: number): number => {
    for (let digits = 1; ; digits++) {
      const candidate = Number(value.toPrecision(digits))
      if (Math.fround(candidate) === value) return candidate
    }
  }
  const textsOf = (value: number): unknown[] => {
    const wanted = shortest(value)
    return [String(wanted), javaDoubleText(wanted), wanted]
  }
  const floats = new Float32Array(1)
  const bits = new Uint32Array(floats.buffer)
  // Every exponent, and around each power of two, where the distance to the neighbours changes.
  for (let exponent = 1; exponent < 255; exponent++) {
    for (let at = -60; at <= 200; at++) {
      bits[0] = (exponent << 23) + (at <= 60 ? at : Math.imul(at + exponent, 0x9e3779b1) >>> 9)
      const value = floats[0]!
      const got = [float32Text(value), javaFloatText(value), shortestFloat32(value)]
      const wanted = textsOf(value)
      if (!got.every((one, form) => one === wanted[form])) t.deepEqual(got, wanted)
    }
  }
  // Decimals of few digits and their neighbours: the nearest float32 of 0.01 lies below it.
  for (let shift = 0; shift <= 9; shift++) {
    for (let whole = 1; whole <= 1_000; whole++) {
      floats[0] = whole / 10 ** shift
      for (const step of [-1, 1, 1]) {
        bits[0]! += step
        const value = floats[0]
        const got = [float32Text(value), javaFloatText(value), shortestFloat32(value)]
        const wanted = textsOf(value)
        if (!got.every((one, form) => one === wanted[form])) t.deepEqual(got, wanted)
      }
    }
  }
  t.is(float32Text(0.01), '0.01')
  t.is(float32Text(-0.3), '-0.3')
})

test('float32Text: prints the scores of the reference documents', (t) => {
  t.is(float32Text(0.9997143745422363), '0.9997144')
  t.is(float32Text(Math.fround(0.92955077)), '0.92955077')
  t.is(float32Text(1), '1')
  t.is(float32Text(Math.fround(0.1)), '0.1')
  t.is(float32Text(Math.fround(3.4028235e38)), '3.4028235e+38')
})

test('javaFloatText: numbers look as in Java', (t) => {
  t.is(javaFloatText(1), '1.0')
  t.is(javaFloatText(0.5), '0.5')
  t.is(javaFloatText(-0), '-0.0')
  t.is(javaFloatText(1e-3), '0.001')
  t.is(javaFloatText(1e-4), '1.0E-4')
  t.is(javaFloatText(1e7), '1.0E7')
  t.is(javaFloatText(1.5e10), '1.5E10')
  t.is(javaFloatText(9_999_999), '9999999.0')
  // Around the bounds of its notations.
  t.is(javaFloatText(3.4028235e38), '3.4028235E38')
  t.is(javaFloatText(Math.fround(4.578e-4)), '4.578E-4')
  t.is(javaFloatText(Math.fround(-4.578e-4)), '-4.578E-4')
  t.is(javaFloatText(Math.fround(9.999999e-4)), '9.999999E-4')
  t.is(javaFloatText(12_345_678), '1.2345678E7')
  t.is(javaFloatText(1e10), '1.0E10')
  t.is(javaFloatText(-2e7), '-2.0E7')
  t.is(javaFloatText(Infinity), 'Infinity')
  t.is(javaFloatText(Number.NaN), 'NaN')
  t.is(javaDoubleText(0.1), '0.1')
  t.is(javaDoubleText(1e21), '1.0E21')
})
