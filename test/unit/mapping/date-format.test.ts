/** Section 29.2 of the reference: dates as text, date math, rounding. */
import test from 'ava'
import * as fc from 'fast-check'
import { dateFormat, defaultDateFormat } from '../../../src/mapping/date-format.ts'
import { parseDateMath } from '../../../src/mapping/date-math.ts'
import { zoneOffsetMs } from '../../../src/mapping/time-zone.ts'

const seed = 1594395154
const standard = dateFormat(defaultDateFormat)
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

test('strict_date_optional_time||epoch_millis: takes every length of a date', (t) => {
  const cases: readonly (readonly [string, string | null, string | null])[] = [
    ['2019', '2019-01-01T00:00:00.000Z', '2019-12-31T23:59:59.999Z'],
    ['2020-02', '2020-02-01T00:00:00.000Z', '2020-02-29T23:59:59.999Z'],
    ['2019-05-04', '2019-05-04T00:00:00.000Z', '2019-05-04T23:59:59.999Z'],
    ['2019-05-04T13', '2019-05-04T13:00:00.000Z', '2019-05-04T13:59:59.999Z'],
    ['2019-05-04T13:14', '2019-05-04T13:14:00.000Z', '2019-05-04T13:14:59.999Z'],
    ['2019-05-04T13:14:15', '2019-05-04T13:14:15.000Z', '2019-05-04T13:14:15.999Z'],
    ['2019-05-04T13:14:15.1', '2019-05-04T13:14:15.100Z', '2019-05-04T13:14:15.100Z'],
    ['2019-05-04T13:14:15.123456789Z', '2019-05-04T13:14:15.123Z', '2019-05-04T13:14:15.123Z'],
    ['2019-05-04T00:00:00+01:00', '2019-05-03T23:00:00.000Z', '2019-05-03T23:00:00.999Z'],
    ['1556928000000', '2019-05-04T00:00:00.000Z', '2019-05-04T00:00:00.000Z'],
    ['-1', '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z', '0001-01-01T23:59:59.999Z']
  ]
  for (const [text, down, up] of cases) {
    t.is(iso(standard.parse(text, false, null)), down, text)
    t.is(iso(standard.parse(text, true, null)), up, text)
  }
  for (const text of [
    '2019-5-4',
    '2019-13-01',
    '2019-02-29',
    '2019-05-04 13:14',
    '2019-05-04T24:00',
    'x',
    ''
  ]) {
    t.is(standard.parse(text, false, null), null, text)
  }
})

test('formats: names and patterns read what they print', (t) => {
  const ms = Date.UTC(2019, 4, 4, 13, 14, 15, 678)
  const cases: readonly (readonly [string, string])[] = [
    ['epoch_millis', '1556975655678'],
    ['epoch_second', '1556975655.678'],
    ['strict_date_optional_time', '2019-05-04T13:14:15.678Z'],
    ['basic_date', '20190504'],
    ['basic_date_time', '20190504T131415.678Z'],
    ['yyyy-MM-dd', '2019-05-04'],
    ['yyyy-MM-dd HH:mm:ss', '2019-05-04 13:14:15'],
    ['yyyy/MM/dd', '2019/05/04'],
    ['dd.MM.yy', '04.05.19'],
    ["d MMM yyyy 'at' h a", '4 May 2019 at 1 PM'],
    ['date_hour_minute_second_millis', '2019-05-04T13:14:15.678']
  ]
  for (const [name, text] of cases) {
    const format = dateFormat(name)
    t.is(format.print(ms), text, name)
    const again = format.parse(text, false, null)
    t.not(again, null, name)
    t.is(format.print(again!), text, name)
  }
  const either = dateFormat('yyyy-MM-dd||dd.MM.yyyy')
  t.is(iso(either.parse('04.05.2019', false, null)), '2019-05-04T00:00:00.000Z')
  t.throws(() => dateFormat('qq'), { message: 'Invalid format: [qq]: Unknown pattern letter: q' })
})

test('formats: any moment printed in ISO form is read back to the millisecond', (t) => {
  const moments = fc.date({
    min: new Date('0000-01-01'),
    max: new Date('9999-12-31'),
    noInvalidDate: true
  })
  fc.assert(
    fc.property(moments, (date) => {
      const text = standard.print(date.getTime())
      t.is(text, date.toISOString())
      t.is(standard.parse(text, true, null), date.getTime())
      t.is(
        standard.parse(String(date.getTime()), false, null),
        /^\d{1,4}$/.test(String(date.getTime()))
          ? standard.parse(String(date.getTime()), false, null)
          : date.getTime()
      )
    }),
    { seed, numRuns: 500 }
  )
})

test('parseDateMath: adds and rounds by the calendar', (t) => {
  const nowMs = Date.UTC(2020, 0, 31, 12, 30, 15, 500)
  const cases: readonly (readonly [string, string, string])[] = [
    ['now', '2020-01-31T12:30:15.500Z', '2020-01-31T12:30:15.500Z'],
    ['now+1M', '2020-02-29T12:30:15.500Z', '2020-02-29T12:30:15.500Z'],
    ['now-1y', '2019-01-31T12:30:15.500Z', '2019-01-31T12:30:15.500Z'],
    ['now-1d/d', '2020-01-30T00:00:00.000Z', '2020-01-30T23:59:59.999Z'],
    ['now/w', '2020-01-27T00:00:00.000Z', '2020-02-02T23:59:59.999Z'],
    ['now/M', '2020-01-01T00:00:00.000Z', '2020-01-31T23:59:59.999Z'],
    ['now/y', '2020-01-01T00:00:00.000Z', '2020-12-31T23:59:59.999Z'],
    ['now-90m/h', '2020-01-31T11:00:00.000Z', '2020-01-31T11:59:59.999Z'],
    ['now+1w-2s', '2020-02-07T12:30:13.500Z', '2020-02-07T12:30:13.500Z'],
    ['2019-05-01||+1M/d', '2019-06-01T00:00:00.000Z', '2019-06-01T23:59:59.999Z']
  ]
  for (const [text, down, up] of cases) {
    t.is(iso(parseDateMath(text, standard, { nowMs, roundUp: false, timeZone: null })), down, text)
    t.is(iso(parseDateMath(text, standard, { nowMs, roundUp: true, timeZone: null })), up, text)
  }
  const berlin = { nowMs, roundUp: false, timeZone: 'Europe/Berlin' }
  t.is(iso(parseDateMath('now/d', standard, berlin)), '2020-01-30T23:00:00.000Z')
  for (const text of ['now+', 'now/2d', 'nowish', 'now+1x']) {
    t.throws(
      () => parseDateMath(text, standard, { nowMs, roundUp: false, timeZone: null }),
      undefined,
      text
    )
  }
})

test('zoneOffsetMs: offsets and names, with summer time', (t) => {
  const hour = 3_600_000
  t.is(zoneOffsetMs('+01:00', 0), hour)
  t.is(zoneOffsetMs('-0530', 0), -5.5 * hour)
  t.is(zoneOffsetMs('Z', 0), 0)
  t.is(zoneOffsetMs('Europe/Berlin', Date.UTC(2020, 6, 1)), 2 * hour)
  t.is(zoneOffsetMs('Europe/Berlin', Date.UTC(2020, 0, 1)), hour)
  t.throws(() => zoneOffsetMs('Nowhere/City', 0), { message: 'Unknown time-zone ID: Nowhere/City' })
})
