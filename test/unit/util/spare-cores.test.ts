import test from 'ava'
import { SpareCores } from '../../../src/util/index.ts'
import { coreTimes } from '../../../src/util/spare-cores.ts'
import type { CoreTimes } from '../../../src/util/spare-cores.ts'

/** A machine of two cores whose clock and loads the test sets. */
function machine(): {
  readonly cores: SpareCores
  readonly pass: (ms: number, own: number, others: number) => void
} {
  let now: CoreTimes = { coreCount: 2, busyMs: 5_000, allMs: 20_000, ownMs: 700 }
  return {
    cores: new SpareCores(() => now),
    pass(ms, own, others) {
      now = {
        coreCount: 2,
        busyMs: now.busyMs + ms * (own + others),
        allMs: now.allMs + ms * 2,
        ownMs: now.ownMs + ms * own
      }
    }
  }
}

test('look: cores that others used are not spare, those that this process used are', (t) => {
  const { cores, pass } = machine()
  t.is(cores.look(), Infinity)
  pass(100, 1.5, 0.25)
  t.is(cores.look(), 1.75)
  pass(200, 0.25, 1)
  t.is(cores.look(), 1)
})

test('look: what is too short to be measured changes nothing', (t) => {
  const { cores, pass } = machine()
  cores.look()
  pass(100, 1, 0.5)
  t.is(cores.look(), 1.5)
  pass(20, 0, 2)
  t.is(cores.look(), 1.5)
  pass(80, 0, 2)
  t.is(cores.look(), 0)
})

test('coreTimes: counts what this process used, within what all used, within all there is', (t) => {
  const before = coreTimes()
  const used = process.cpuUsage()
  while (process.cpuUsage(used).user < 30_000);
  const after = coreTimes()
  t.true(before.coreCount >= 1 && after.coreCount === before.coreCount)
  t.true(after.ownMs - before.ownMs >= 30)
  t.true(before.busyMs > 0 && after.busyMs >= before.busyMs)
  t.true(after.allMs >= before.allMs && after.allMs >= after.busyMs)
})
