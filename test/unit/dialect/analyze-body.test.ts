import test from 'ava'
import { createAnalyzers } from '../../../src/analysis/index.ts'
import { analyze, parseAnalysis } from '../../../src/dialect/index.ts'
import { finishAtOnce } from '../../../src/util/index.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

const words = (count: number, gap: string): string =>
  Array.from({ length: count }, (_, at) => (at % 5 === 0 ? 'the' : `word${at % 97}`)).join(gap)

test('analyze: tokens of each text stand behind those of the text before, long texts too', (t) => {
  const texts = ['the end the', '', words(3000, ' '), 'é one', words(5000, ','), '...', 'last']
  for (const analyzer of ['standard', 'english', 'whitespace', 'keyword']) {
    const wanted: object[] = []
    let [position, offset] = [0, 0]
    for (const text of texts) {
      const first = position
      for (const token of createAnalyzers(new Map()).get(analyzer)!.analyze(text)) {
        position = first + token.position
        wanted.push({
          token: token.term,
          start_offset: offset + token.startOffset,
          end_offset: offset + token.endOffset,
          type: token.type,
          position
        })
      }
      position += 101
      offset += text.length + 1
    }
    const { tokens } = finishAtOnce(analyze(parseAnalysis({ text: texts, analyzer }, null)))
    t.deepEqual(tokens, wanted, analyzer)
  }
})

test('analyze: takes many steps for a long text and for many texts', (t) => {
  for (const text of [words(100_000, ' '), words(100_000, ','), words(1000, ' ').split(' ')]) {
    const analysis = { ...parseAnalysis({ text }, null), tokensMax: Infinity }
    const stepCount = [...analyze(analysis)].length
    t.true(stepCount >= 100, `${stepCount} steps`)
  }
})

test('analyze: refuses more tokens than index.analyze.max_token_count, over all texts', async (t) => {
  const db = await openDatabase(t, await temporaryFolder(t))
  const settings = { 'index.analyze.max_token_count': 3 }
  await db.handle({ method: 'PUT', path: '/few', body: { settings } })
  const asked = async (path: string, text: unknown): Promise<unknown> => {
    const { status, body } = await db.handle({ method: 'POST', path, body: { text } })
    const answer = JSON.parse(String(body)) as { error?: { type: string; reason: string } }
    return answer.error === undefined ? status : [status, answer.error.type, answer.error.reason]
  }
  const refused = (most: number): unknown => [
    500,
    'illegal_state_exception',
    `The number of tokens produced by calling _analyze has exceeded the allowed maximum of [${most}]. This limit can be set by changing the [index.analyze.max_token_count] index level setting.`
  ]
  t.is(await asked('/_analyze', words(10_000, ' ')), 200)
  t.deepEqual(await asked('/_analyze', words(10_001, ' ')), refused(10_000))
  t.is(await asked('/few/_analyze', ['a b', 'c']), 200)
  t.deepEqual(await asked('/few/_analyze', ['a b', 'c d']), refused(3))
  const bad = await db.handle({
    method: 'PUT',
    path: '/none',
    body: { settings: { 'index.analyze.max_token_count': 0 } }
  })
  t.is(bad.status, 400)
})
