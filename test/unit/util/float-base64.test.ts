import test from 'ava'
import fc from 'fast-check'
import { base64Length, base64OfFloats, readBase64 } from '../../../src/util/index.ts'

const runs = { seed: 20261122, numRuns: 500 }

/** What Node makes of the text, as big-endian words; null where printing them gives another text. */
function expectedBits(text: string, count: number): number[] | null {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== count * 4 || bytes.toString('base64') !== text) return null
  return Array.from({ length: count }, (_, at) => bytes.readUInt32BE(at * 4))
}

function bitsOf(text: string, count: number, before: string): number[] | null {
  const bits = new Uint32Array(count + 2)
  const bytes = Buffer.from(before + text)
  return readBase64(bytes, before.length, count, bits, 1) ? [...bits.subarray(1, 1 + count)] : null
}

const words = fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 1, maxLength: 40 })

test('readBase64: gives the bits that were printed, and printing gives the same text', (t) => {
  fc.assert(
    fc.property(words, fc.string({ maxLength: 5 }), (all, before) => {
      const floats = new Float32Array(Uint32Array.from(all).buffer)
      const text = base64OfFloats(floats)
      const ascii = before.replaceAll(/[^ -~]/g, '?')
      t.is(text.length, base64Length(all.length))
      t.deepEqual(bitsOf(text, all.length, ascii), all)
    }),
    runs
  )
})

test('readBase64: takes a text only where Node prints the same text of what it reads', (t) => {
  const change = fc.tuple(fc.nat(), fc.constantFrom(...'AQgwBC9/+-_= \n"\\ä!', '\u0000'))
  fc.assert(
    fc.property(words, fc.array(change, { maxLength: 3 }), (all, changes) => {
      const units = [...base64OfFloats(new Float32Array(Uint32Array.from(all).buffer))]
      // The last characters are where most can be wrong.
      for (const [place, unit] of changes)
        units[Math.max(0, units.length - 1 - (place % (place % 2 === 0 ? 4 : units.length)))] = unit
      const text = units.join('')
      t.deepEqual(bitsOf(text, all.length, ''), expectedBits(text, all.length), text)
    }),
    runs
  )
})

test('readBase64: a text that ends too early is none', (t) => {
  const text = base64OfFloats(Float32Array.of(1, 2, 3, 4))
  for (let length = 0; length < text.length; length++)
    t.is(bitsOf(text.slice(0, length), 4, ''), null)
})
