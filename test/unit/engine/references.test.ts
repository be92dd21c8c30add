import test from 'ava'
import { References } from '../../../src/engine/references.ts'

test('References: the last release lets go, once, and nothing comes after it', (t) => {
  let gone = 0
  const references = new References(() => {
    gone += 1
  })
  references.retain()
  references.release()
  t.is(gone, 0)
  references.release()
  t.is(gone, 1)
  t.throws(() => references.release(), { message: 'every retain has one release' })
  t.throws(() => references.retain(), { message: 'what is let go is not retained again' })
  t.is(gone, 1)
})
