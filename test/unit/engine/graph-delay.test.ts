import test from 'ava'
import { GraphDelay } from '../../../src/engine/graph-delay.ts'

const options = { unindexedBytesMax: 1_000, unindexedAgeMs: 500, quietMs: 40 }
const waiting = (...bytes: readonly number[]): { readonly unindexedBytes: number }[] =>
  bytes.map((unindexedBytes) => ({ unindexedBytes }))

function begin(): { delay: GraphDelay; pass: (ms: number) => void } {
  let nowMs = 10_000
  return { delay: new GraphDelay(options, () => nowMs), pass: (ms) => void (nowMs += ms) }
}

test('remainingMs: nothing is due while nothing waits', (t) => {
  const { delay } = begin()
  t.is(delay.remainingMs([]), Number.POSITIVE_INFINITY)
  t.is(delay.remainingMs(waiting(0, 0)), Number.POSITIVE_INFINITY)
})

test('remainingMs: what an opening finds is due at once, as nobody has written since', (t) => {
  t.is(begin().delay.remainingMs(waiting(10)), 0)
})

test('remainingMs: due when writes have paused', (t) => {
  const { delay, pass } = begin()
  delay.noteWrite()
  t.is(delay.remainingMs(waiting(10)), 40)
  pass(30)
  t.is(delay.remainingMs(waiting(10)), 10)
  delay.noteWrite()
  t.is(delay.remainingMs(waiting(10)), 40)
  pass(41)
  t.is(delay.remainingMs(waiting(10)), 0)
})

test('remainingMs: due by age while writes go on; what comes after a merge waits anew', (t) => {
  const { delay, pass } = begin()
  for (let ms = 0; ms < 500; ms += 20) {
    delay.noteWrite()
    t.true(delay.remainingMs(waiting(10)) > 0, `after ${ms} ms`)
    pass(20)
  }
  delay.noteWrite()
  t.is(delay.remainingMs(waiting(10)), 0)
  t.is(delay.remainingMs([]), Number.POSITIVE_INFINITY)
  t.is(delay.remainingMs(waiting(10)), 40)
})

test('remainingMs: due when another segment like the largest would be too much to scan', (t) => {
  const { delay } = begin()
  delay.noteWrite()
  t.is(delay.remainingMs(waiting(300, 300)), 40)
  t.is(delay.remainingMs(waiting(300, 300, 300)), 0)
})
