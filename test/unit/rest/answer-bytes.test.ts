import test from 'ava'
import { AnswerBytes } from '../../../src/rest/answer-bytes.ts'
import { finishAtOnce } from '../../../src/util/index.ts'
import { below, randomOf } from '../../support/segment-documents.ts'

const slabBytes = 2 ** 18

test('AnswerBytes: texts and bytes come back in order, of several answers at once', (t) => {
  const random = randomOf(11)
  const answers = Array.from({ length: 5 }, () => ({
    bytes: new AnswerBytes(),
    parts: [] as Buffer[]
  }))
  for (let added = 0; added < 300; added++) {
    const { bytes, parts } = answers[below(random, answers.length)]!
    const text = ['a', 'é', '😀', '\ud800', ''][below(random, 5)]!.repeat(below(random, 30_000))
    const whole = Buffer.from(text)
    parts.push(whole)
    if (below(random, 4) > 0) bytes.addText(text)
    else bytes.add(whole)
    if (added % 20 !== 0) continue
    t.true(finishAtOnce(bytes.joined()).equals(Buffer.concat(parts.splice(0))))
    Object.assign(
      answers.find((answer) => answer.bytes === bytes)!,
      { bytes: new AnswerBytes() }
    )
  }
  for (const { bytes, parts } of answers)
    t.true(finishAtOnce(bytes.joined()).equals(Buffer.concat(parts)))
})

test('AnswerBytes: a text that fills slabs, or is longer than one, comes back whole', (t) => {
  for (const length of [slabBytes - 1, slabBytes, slabBytes + 1, 3 * slabBytes]) {
    const bytes = new AnswerBytes()
    const texts = ['x', 'y'.repeat(length), 'z'.repeat(slabBytes), 'end']
    for (const text of texts) bytes.addText(text)
    t.is(finishAtOnce(bytes.joined()).toString(), texts.join(''), `${length} bytes`)
  }
  t.is(finishAtOnce(new AnswerBytes().joined()).length, 0)
})

test('AnswerBytes: an answer takes over the slabs of the one before', (t) => {
  const printed = (): Buffer => {
    const bytes = new AnswerBytes()
    for (let part = 0; part < 100; part++) bytes.addText('text'.repeat(4096))
    return finishAtOnce(bytes.joined())
  }
  const once = printed()
  const before = process.memoryUsage().arrayBuffers
  const again = printed()
  const made = process.memoryUsage().arrayBuffers - before
  t.true(again.equals(once))
  // Its own bytes; twice as many where its slabs are made anew.
  t.true(made < 1.5 * once.length, `${made} bytes for ${once.length}`)
})
