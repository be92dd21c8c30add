/** Candidates lie in memory that other searches use too: what is left of them is kept when a search pauses. */
import test from 'ava'
import { Deadline } from '../../../src/search/deadline.ts'
import { NearestSets } from '../../../src/search/nearest-sets.ts'
import type { NearestRequest, NearestRows } from '../../../src/vector/index.ts'

const slice = { due: () => true, wait: () => Promise.resolve(), restart: () => undefined }
const partRows = 3

/** Looks at a few of the ordinals a call, the value of each is its own number. */
function nearestRows({ ords, from }: NearestRequest): NearestRows {
  const some = ords!.slice(from, from + partRows)
  const values = Float32Array.from(some)
  return { ords: some, values, count: some.length, next: from + some.length }
}

test('steps: another search may find its candidates in the same memory between them', (t) => {
  const memory = Uint32Array.from({ length: 10 }, (_, at) => at * 7)
  const asked = {
    query: Int32Array.of(1),
    space: 'hamming',
    accept: null,
    sharing: false,
    find: () => memory.subarray(0, 8)
  } as const
  const near = new NearestSets({ size: 100, nearestRows }, asked, (raw) => 1 / (1 + raw), {
    docsOf: (ords) => Int32Array.from(ords),
    areRoots: true
  })
  const whole = near.listed(100)
  const steps = near.steps(100, new Deadline(undefined, Infinity, slice))
  let pauseCount = 0
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) {
    pauseCount += 1
    memory.fill(99)
  }
  t.deepEqual(Array.from(whole.docs), [0, 7, 14, 21, 28, 35, 42, 49])
  t.deepEqual(step.value, whole)
  t.is(pauseCount, 3)
})
