import test from 'ava'
import * as fc from 'fast-check'
import { clockBytes, FrameClock } from '../../../src/cache/frame-clock.ts'
import type { Rank } from '../../../src/cache/frame-clock.ts'
import { createKernelMemory } from '../../../src/simd/index.ts'

const seed = 20_261_121
const slotCount = 16

/** Sixteen slots; `reference` is what kernels set. */
function clock(): { clock: FrameClock; reference: Uint8Array } {
  const memory = createKernelMemory(65_536)
  const reference = new Uint8Array(memory.buffer, 0, slotCount * 4)
  const made = new FrameClock(memory, 64, reference)
  made.resize(slotCount)
  return { clock: made, reference }
}

test('take: large pages take the lowest slots, small ones share a slot of their rank', (t) => {
  const { clock: frames } = clock()
  t.is(frames.take(4, 3, 1, 0), 0)
  t.is(frames.take(1, 2, 2, 0), 4)
  t.is(frames.take(1, 1, 3, 0), 8)
  t.is(frames.take(1, 2, 2, 1), 5)
  t.deepEqual([frames.tableOf(5), frames.pageOf(5), frames.rankOf(5)], [2, 1, 2])
  t.is(frames.freeSlotCount, slotCount - 3)
})

test('victims: the first small page behind the hand that was not used since the last round', (t) => {
  const { clock: frames, reference } = clock()
  for (let page = 0; page < slotCount * 4; page++) frames.take(1, 2, 1, page)
  reference.fill(0)
  reference[0] = 1
  reference[1] = 1
  t.deepEqual(frames.victims(1, 2), [2])
  t.deepEqual([...reference.subarray(0, 3)], [0, 0, 0])
  reference[3] = 1
  t.deepEqual(frames.victims(1, 2), [4])
})

test('victims: a large page takes a whole slot, where none of four was used', (t) => {
  const { clock: frames, reference } = clock()
  for (let page = 0; page < slotCount * 4; page++) frames.take(1, 1, 1, page)
  reference.fill(0)
  reference[2] = 1
  t.deepEqual(frames.victims(4, 3), [4, 5, 6, 7])
  t.is(reference[2], 0)
})

test('victims: pages that another thread marks again and again while the hand goes round go all the same', (t) => {
  const memory = createKernelMemory(65_536)
  const reference = new Uint8Array(memory.buffer, 0, slotCount * 4)
  // Clearing a mark comes to nothing: it is set again at once.
  const marked = new Proxy(reference, {
    get: (target, key) => Reflect.get(target, key) as unknown,
    set: (target, key, value) => value === 0 || Reflect.set(target, key, value)
  })
  for (const frameCount of [1, 4]) {
    const frames = new FrameClock(memory, 64, marked)
    frames.clear()
    frames.resize(slotCount)
    for (let page = 0; page < (slotCount * 4) / frameCount; page++)
      frames.take(frameCount, 1, 1, page)
    t.is(frames.victims(frameCount, 1).length, 1)
  }
})

test('victims: a rank goes only when those below it have no more than a sixteenth of the slots', (t) => {
  const { clock: frames, reference } = clock()
  const ranks: readonly Rank[] = [1, 1, 2, 2, ...Array.from({ length: 12 }, () => 3 as const)]
  for (const [page, rank] of ranks.entries()) frames.take(4, rank, 1, page)
  reference.fill(0)
  const give = (): number => {
    const [frame = -1] = frames.victims(4, 3)
    frames.vacate(frame)
    frames.take(4, 3, 1, 99)
    return frame / 4
  }
  t.is(give(), 0) // rank 1 has two
  t.is(give(), 2) // rank 1 has one, rank 2 two
  t.is(give(), 4)
})

test('victims: what was read in passing goes first, the oldest, used or not', (t) => {
  const { clock: frames } = clock()
  for (let page = 0; page < slotCount; page++) frames.take(4, page < 3 ? 0 : 1, 1, page)
  t.deepEqual(frames.victims(4, 3), [0])
  t.deepEqual(frames.victims(4, 0), [4])
})

test('resize: slots that went and came back are free once', (t) => {
  const { clock: frames } = clock()
  for (let page = 0; page < slotCount; page++) frames.take(4, 1, 1, page)
  for (let slot = 0; slot < slotCount; slot += 3) frames.vacate(slot * 4)
  frames.vacate(14 * 4)
  frames.resize(14)
  frames.resize(slotCount)
  const taken = Array.from({ length: slotCount }, (_none, page) => frames.take(4, 1, 2, page))
  t.deepEqual(
    taken.filter((frame) => frame >= 0).toSorted((a, b) => a - b),
    [0, 3, 6, 9, 12, 14, 15].map((slot) => slot * 4)
  )
})

test('take, victims, vacate: no two pages ever share a frame, and what is vacated can be taken', (t) => {
  const operation = fc.record({
    frames: fc.constantFrom(1 as const, 4 as const),
    rank: fc.constantFrom<Rank>(0, 1, 2, 3),
    vacate: fc.boolean(),
    at: fc.nat(63),
    used: fc.nat(63)
  })
  fc.assert(
    fc.property(fc.array(operation, { minLength: 50, maxLength: 300 }), (operations) => {
      const { clock: frames, reference } = clock()
      t.true(64 + clockBytes(slotCount) < 65_536)
      /** By first frame: how many frames the page has. */
      const pages = new Map<number, number>()
      const drop = (frame: number): boolean => {
        frames.vacate(frame)
        return pages.delete(frame)
      }
      for (const [page, op] of operations.entries()) {
        reference[op.used] = 1
        const some = [...pages.keys()][op.at % Math.max(1, pages.size)]
        if (op.vacate && some !== undefined && !drop(some)) return false
        let frame = frames.take(op.frames, op.rank, 1 + page, page)
        if (frame < 0) {
          if (![...frames.victims(op.frames, op.rank)].every(drop)) return false
          frame = frames.take(op.frames, op.rank, 1 + page, page)
        }
        if (frame < 0 || frames.tableOf(frame) !== 1 + page) return false
        for (let one = frame; one < frame + op.frames; one++) {
          for (const [other, count] of pages) if (other <= one && one < other + count) return false
        }
        pages.set(frame, op.frames)
      }
      return true
    }),
    { seed, numRuns: 300 }
  )
  t.pass()
})
