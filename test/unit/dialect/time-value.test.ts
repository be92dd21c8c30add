import test from 'ava'
import { timeValueMs } from '../../../src/dialect/time-value.ts'

test('timeValueMs: every unit in milliseconds', (t) => {
  const cases: [string, number][] = [
    ['5ms', 5],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1000micros', 1],
    ['-1', -1],
    ['0', 0]
  ]
  for (const [text, ms] of cases) t.is(timeValueMs(text, 'x'), ms, text)
})

test('timeValueMs: a number without a unit is refused by name', (t) => {
  t.throws(() => timeValueMs('5', 'scroll'), {
    message:
      'failed to parse setting [scroll] with value [5] as a time value: unit is missing or unrecognized'
  })
  t.throws(() => timeValueMs('5 parsecs', 'x'))
  t.throws(() => timeValueMs('1.5s', 'x'))
})
