/**
 * Goal     requests that arrive together are begun together and in order, and long ones let the event loop run between.
 * Method   what is begun and what else happens is written down in one list. The clock of a turn is the test's: a busy machine would
 *          end a turn between two requests that take no time.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import test from 'ava'
import { RequestTurns } from '../../../src/http/request-turns.ts'
import { LoopTurns } from '../../../src/util/index.ts'

test('add: nothing is begun while others still arrive, then all in the order of arrival', async (t) => {
  const seen: string[] = []
  const loop = new LoopTurns(() => 0)
  const turns = new RequestTurns<string>(
    (name) => {
      seen.push(name)
      queueMicrotask(() => seen.push(`${name} answered`))
    },
    () => loop.slice()
  )
  turns.add('a')
  await Promise.resolve()
  turns.add('b')
  t.deepEqual(seen, [])
  await nextTurn()
  t.deepEqual(seen, ['a', 'b', 'a answered', 'b answered'])
  turns.add('c')
  await nextTurn()
  t.is(seen.at(-1), 'c answered')
})

test('add: what takes long leaves turns of the loop to others, and what arrives meanwhile comes last', async (t) => {
  const seen: string[] = []
  let nowMs = 0
  const loop = new LoopTurns(() => nowMs)
  const turns = new RequestTurns<string>(
    (name) => {
      seen.push(name)
      nowMs += 20
    },
    () => loop.slice()
  )
  turns.add('a')
  turns.add('b')
  turns.add('c')
  // Behind the first request in its turn.
  setImmediate(() => {
    seen.push('other work')
    turns.add('d')
  })
  while (seen.length < 5) await nextTurn()
  t.deepEqual(seen, ['a', 'other work', 'b', 'c', 'd'])
})
