import test from 'ava'
import { LongTurns, longTurnBytesMin } from '../../../src/rest/long-turns.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

const turn = (): Promise<void> => new Promise(setImmediate)

test('run: one after another in the order of calls, whatever becomes of it', async (t) => {
  const turns = new LongTurns()
  const told: string[] = []
  const work =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      told.push(`${name} begins`)
      await turn()
      told.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const all = await Promise.allSettled([
    turns.run(work('1')),
    turns.run(work('2', true)),
    turns.run(work('3'))
  ])
  t.deepEqual(
    all.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    ['1', 'Error: 2', '3']
  )
  t.deepEqual(told, ['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends'])
})

test('run: who takes long is not waited for, and holds up one request only', async (t) => {
  const turns = new LongTurns(1)
  const { promise, resolve } = Promise.withResolvers<string>()
  const slow = turns.run(() => promise)
  t.is(await turns.run(() => Promise.resolve('second')), 'second')
  t.is(await turns.run(() => Promise.resolve('third')), 'third')
  resolve('first')
  t.is(await slow, 'first')
})

test.serial('handle: requests with the longest bodies take turns, others do not', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  await db.createIndex('i', { k: { type: 'keyword' } })
  let inTurn = 0
  const run = Object.getOwnPropertyDescriptor(LongTurns.prototype, 'run')!
  Object.defineProperty(LongTurns.prototype, 'run', {
    ...run,
    value(this: LongTurns, work: () => Promise<unknown>) {
      inTurn++
      return (run.value as LongTurns['run']).call(this, work)
    }
  })
  try {
    const body = (bytes: number): Buffer =>
      Buffer.from(
        JSON.stringify({ query: { terms: { k: ['x'.repeat(100), ''] } } }).padEnd(bytes, ' ')
      )
    const headers = { 'content-type': 'application/json' }
    const ask = async (path: string, bytes: number): Promise<number> =>
      (await db.handle({ method: 'POST', path, headers, body: body(bytes) })).status
    t.is(await ask('/i/_search', longTurnBytesMin - 1), 200)
    t.is(inTurn, 0)
    t.deepEqual(
      await Promise.all([1, 2, 3].map(() => ask('/i/_search', longTurnBytesMin))),
      [200, 200, 200]
    )
    t.is(inTurn, 3)
    // Bytes of a document are not read as values.
    t.is(await ask('/i/_doc', longTurnBytesMin), 201)
    t.is(inTurn, 3)
  } finally {
    Object.defineProperty(LongTurns.prototype, 'run', run)
  }
})
