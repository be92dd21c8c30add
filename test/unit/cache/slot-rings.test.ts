import test from 'ava'
import * as fc from 'fast-check'
import { SlotRings } from '../../../src/cache/slot-rings.ts'

const seed = 20_261_122
const slotCount = 12

function rings(): SlotRings {
  const links = (): Int32Array => new Int32Array(slotCount)
  const made = new SlotRings(links(), links(), new Int32Array(2))
  made.clear()
  return made
}

/** Slots of a ring from its first on, once round. */
function slotsOf(made: SlotRings, ring: number): number[] {
  const first = made.first(ring)
  const slots: number[] = []
  for (let slot = first; slot >= 0 && (slots.length === 0 || slot !== first);) {
    slots.push(slot)
    slot = made.next(slot)
  }
  return slots
}

test('SlotRings: a ring holds what entered and did not leave, in the order of entering, from where it was told to begin', (t) => {
  const operation = fc.record({
    slot: fc.nat(slotCount - 1),
    ring: fc.nat(1),
    begins: fc.boolean()
  })
  const { failed, counterexample } = fc.check(
    fc.property(fc.array(operation, { minLength: 30, maxLength: 200 }), (operations) => {
      const made = rings()
      const expected: [number[], number[]] = [[], []]
      for (const { slot, ring, begins } of operations) {
        const at = expected.findIndex((slots) => slots.includes(slot))
        const slots = expected[at === -1 ? ring : at]!
        const place = slots.indexOf(slot)
        if (at === -1) {
          made.enter(ring, slot)
          slots.push(slot)
        } else if (begins) {
          made.beginAt(at, slot)
          slots.push(...slots.splice(0, place))
        } else {
          made.leave(at, slot)
          slots.splice(place, 1)
        }
        for (const each of [0, 1] as const) {
          if (slotsOf(made, each).join() !== expected[each].join()) return false
        }
      }
      return true
    }),
    { seed, numRuns: 300 }
  )
  t.false(failed, `seed ${seed}: ${JSON.stringify(counterexample)}`)
})
