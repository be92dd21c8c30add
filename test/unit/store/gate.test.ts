import test from 'ava'
import { Gate } from '../../../src/store/gate.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('run: never more than the bound run at a time, and all get their turn', async (t) => {
  const gate = new Gate(3)
  let most = 0
  let done = 0
  await Promise.all(
    Array.from({ length: 20 }, () =>
      gate.run(async () => {
        most = Math.max(most, gate.used)
        await turn()
        done++
      })
    )
  )
  t.is(most, 3)
  t.is(done, 20)
  t.is(gate.used, 0)
})

test('run: a task that throws gives its place back', async (t) => {
  const gate = new Gate(1)
  await t.throwsAsync(
    gate.run(() => Promise.reject(new Error('task'))),
    { message: 'task' }
  )
  t.is(await gate.run(() => Promise.resolve(5)), 5)
})

test('exclusive: waits for those inside and keeps the others out', async (t) => {
  const gate = new Gate(4)
  const order: string[] = []
  const inside = gate.run(async () => {
    await turn()
    order.push('inside')
  })
  const alone = gate.exclusive(async () => {
    order.push('alone begins')
    await turn()
    order.push('alone ends')
  })
  const later = gate.run(async () => {
    order.push('later')
  })
  await Promise.all([inside, alone, later])
  t.deepEqual(order, ['inside', 'alone begins', 'alone ends', 'later'])
})
