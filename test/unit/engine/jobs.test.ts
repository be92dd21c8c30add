import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { Jobs } from '../../../src/engine/jobs.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const { signal } = new AbortController()

test('Jobs: a job that fails is recorded and told to its caller, and the next one runs', async (t) => {
  const jobs = new Jobs()
  const failing = jobs.run({ index: 1, action: 'merge', description: 'first' }, signal, () =>
    Promise.reject(new VectorStoreError('STORE_FULL', 'no room'))
  )
  const next = jobs.run({ index: 1, action: 'merge', description: 'second' }, signal, () =>
    Promise.resolve('done')
  )
  await t.throwsAsync(failing, { message: 'no room' })
  t.is(await next, 'done')
  const [failure] = jobs.failures(1)
  t.is(failure?.code, 'STORE_FULL')
  t.is(failure?.description, 'first')
  t.deepEqual(jobs.failures(2), [])
  t.deepEqual(jobs.list(), [])
})

test('Jobs: jobs of one lane run one after the other, a flush does not wait for a merge', async (t) => {
  const jobs = new Jobs()
  const order: string[] = []
  const merge = Promise.withResolvers<void>()
  const first = jobs.run({ index: 1, action: 'merge', description: 'long' }, signal, async () => {
    order.push('merge begins')
    await merge.promise
    order.push('merge ends')
  })
  const second = jobs.run(
    { index: 2, action: 'forcemerge', description: 'waits' },
    signal,
    async () => {
      order.push('forced merge')
    }
  )
  await jobs.run({ index: 1, action: 'flush', description: 'short' }, signal, async () => {
    order.push('flush')
  })
  t.deepEqual(order, ['merge begins', 'flush'])
  merge.resolve()
  await Promise.all([first, second])
  t.deepEqual(order, ['merge begins', 'flush', 'merge ends', 'forced merge'])
})

test('Jobs: progress is listed by index while a job runs', async (t) => {
  const jobs = new Jobs()
  await jobs.run({ index: 3, action: 'flush', description: 'f' }, signal, async (report) => {
    report(5, 10)
    const [progress] = jobs.list(3)
    t.is(progress?.doneCount, 5)
    t.is(progress?.totalCount, 10)
    t.is(progress?.action, 'flush')
    t.deepEqual(jobs.list(4), [])
  })
  t.deepEqual(jobs.list(), [])
})

test('Jobs: a job whose index closes ends with NODE_CLOSED and counts as no failure', async (t) => {
  const jobs = new Jobs()
  const ending = new AbortController()
  const running = jobs.run(
    { index: 1, action: 'merge', description: 'm' },
    ending.signal,
    async () => {
      ending.abort()
      throw new Error('stopped in the middle')
    }
  )
  const waiting = jobs.run(
    { index: 1, action: 'merge', description: 'n' },
    ending.signal,
    async () => t.fail('a job of a closed index does not start')
  )
  await t.throwsAsync(running, { code: 'NODE_CLOSED' })
  await t.throwsAsync(waiting, { code: 'NODE_CLOSED' })
  t.deepEqual(jobs.failures(), [])
})

test('Jobs.add: nobody waits for it, its failure is recorded, close waits until it is over', async (t) => {
  const jobs = new Jobs()
  let ran = false
  jobs.add('remove', 'keys', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    ran = true
    throw new Error('disk gone')
  })
  await jobs.close()
  t.true(ran)
  t.is(jobs.failures()[0]?.message, 'disk gone')
})

test('Jobs: a job that waited for its turn counts from when it had it', async (t) => {
  const jobs = new Jobs()
  let endMs = 0
  const first = jobs.run({ index: 1, action: 'merge', description: 'long' }, signal, async () => {
    await delay(20)
    endMs = Date.now()
  })
  const request = { index: 2, action: 'merge', description: 'waits' } as const
  const second = jobs.run(request, signal, async () => {
    t.true(jobs.list(2)[0]!.startedMs >= endMs)
  })
  t.is(jobs.list(2).length, 1)
  await Promise.all([first, second])
})
