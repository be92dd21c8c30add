import test from 'ava'
import { FrameClock } from '../../../src/cache/frame-clock.ts'
import { createKernelMemory } from '../../../src/simd/index.ts'

/** Sixteen frames; `reference` is what kernels set. */
function clock(): { clock: FrameClock; reference: Uint8Array } {
  const memory = createKernelMemory(65_536)
  const reference = new Uint8Array(memory.buffer, 0, 16)
  const made = new FrameClock(memory, 64, reference)
  made.resize(16)
  return { clock: made, reference }
}

test('takeFree: the lowest frames go first, so the end stays free for the heap', (t) => {
  const { clock: frames } = clock()
  t.deepEqual([frames.takeFree(), frames.takeFree(), frames.takeFree()], [0, 1, 2])
})

test('victim: the first frame behind the hand that was not used since the last round', (t) => {
  const { clock: frames, reference } = clock()
  for (let frame = 0; frame < 16; frame++) frames.occupy(frames.takeFree(), 1, frame, 0)
  reference.fill(0)
  reference[0] = 1
  reference[1] = 1
  t.is(frames.victim(), 2)
  t.deepEqual([...reference.subarray(0, 3)], [0, 0, 0])
  reference[3] = 1
  t.is(frames.victim(), 4)
})

test('victim: rank 1 goes only when rank 0 has no more than an eighth of the frames', (t) => {
  const { clock: frames, reference } = clock()
  for (let frame = 0; frame < 16; frame++) {
    frames.occupy(frames.takeFree(), 1, frame, frame < 3 ? 0 : 1)
  }
  reference.fill(0)
  t.is(frames.victim(), 0)
  frames.vacate(0, true)
  frames.occupy(0, 1, 0, 1)
  t.is(frames.victim(), 3)
})

test('resize: frames that went and came back are free once', (t) => {
  const { clock: frames } = clock()
  frames.resize(10)
  frames.resize(16)
  const taken = Array.from({ length: 16 }, () => frames.takeFree())
  t.is(new Set(taken).size, 16)
  t.is(frames.takeFree(), -1)
})
