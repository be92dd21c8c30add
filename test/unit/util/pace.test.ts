import test from 'ava'
import { Pace } from '../../../src/util/index.ts'

test('Pace: a turn is due after some milliseconds of work, and others run in it', async (t) => {
  let nowMs = 0
  const pace = new Pace(() => nowMs)
  t.is(pace.turn(), null)
  nowMs = 10
  const turn = pace.turn()
  t.not(turn, null)
  let isServed = false
  setImmediate(() => {
    isServed = true
  })
  await turn
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  t.true(isServed)
  t.is(pace.turn(), null)
})
