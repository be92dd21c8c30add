import test from 'ava'
import { createAnalyzers } from '../../../src/analysis/index.ts'
import { analyze, parseAnalysis } from '../../../src/dialect/index.ts'
import { finishAtOnce } from '../../../src/util/index.ts'

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
    const stepCount = [...analyze(parseAnalysis({ text }, null))].length
    t.true(stepCount >= 100, `${stepCount} steps`)
  }
})
