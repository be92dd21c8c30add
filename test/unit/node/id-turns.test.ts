import test from 'ava'
import { IdTurns } from '../../../src/node/id-turns.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

test('run: work on an id is done in the order of calls, one at a time, whatever becomes of it', async (t) => {
  const turns = new IdTurns()
  const told: string[] = []
  const work = (name: string, fails: boolean) => async (): Promise<string> => {
    told.push(`${name} begins`)
    await new Promise(setImmediate)
    told.push(`${name} ends`)
    if (fails) throw new Error(name)
    return name
  }
  const all = await Promise.allSettled([
    turns.run('a', work('1', false)),
    turns.run('b', work('other', false)),
    turns.run('a', work('2', true)),
    turns.run('a', work('3', false))
  ])
  t.deepEqual(
    all.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    ['1', 'other', 'Error: 2', '3']
  )
  t.deepEqual(
    told.filter((one) => !one.startsWith('other')),
    ['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']
  )
  t.true(told.indexOf('other begins') < told.indexOf('1 ends'))
})

test('update: several of one document at once are all in it, and none is a conflict, however long it is', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  const index = await db.createIndex('i', {})
  await index.put('1', { long: 'x'.repeat(2 ** 19) })
  await index.put('2', { short: true })
  const names = Array.from({ length: 8 }, (_, at) => `n${at}`)
  for (const id of ['1', '2']) {
    await Promise.all(names.map((name) => index.update(id, { [name]: { [name]: 1 } })))
    const found = index.get(id) as Record<string, unknown>
    t.deepEqual(Object.keys(found).slice(1), names)
  }
})
