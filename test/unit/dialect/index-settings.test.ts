import test from 'ava'
import {
  nestSettings,
  parseIndexSettings,
  parseSettingsUpdate
} from '../../../src/dialect/elasticsearch/index-settings.ts'
import { finishAtOnce } from '../../../src/util/index.ts'
import type { Steps } from '../../../src/util/index.ts'

test('parseIndexSettings: nested, flat and unprefixed names are one', (t) => {
  const wanted = new Map([['number_of_replicas', '0']])
  for (const form of [
    { index: { number_of_replicas: 0 } },
    { 'index.number_of_replicas': '0' },
    { number_of_replicas: 0 },
    { index: { number_of_replicas: 0 } }
  ])
    t.deepEqual(finishAtOnce(parseIndexSettings(form)), wanted)
})

test('parseIndexSettings: lists and analysis survive the way there and back', (t) => {
  const analysis = { analyzer: { mine: { type: 'custom', filter: ['lowercase', 'stop'] } } }
  const flat = finishAtOnce(parseIndexSettings({ analysis }))
  t.is(flat.get('analysis.analyzer.mine.filter.1'), 'stop')
  t.deepEqual(finishAtOnce(nestSettings(flat)), { analysis })
})

test('parseIndexSettings: what nobody knows or nobody may set is refused', (t) => {
  t.throws(() => finishAtOnce(parseIndexSettings({ 'index.foo': 1 })), {
    message: /^unknown setting \[index\.foo\] please check/
  })
  t.throws(() => finishAtOnce(parseIndexSettings({ number_of_replica: 1 })), {
    message: 'unknown setting [index.number_of_replica] did you mean [index.number_of_replicas]?'
  })
  t.throws(() => finishAtOnce(parseIndexSettings({ index: { uuid: 'x' } })), {
    message: /private index setting/
  })
  t.throws(() => finishAtOnce(parseIndexSettings({ number_of_shards: 1025 })), {
    message: /must be <= 1024$/
  })
  t.throws(() => finishAtOnce(parseIndexSettings({ number_of_shards: 'x' })), {
    message: 'Failed to parse value [x] for setting [index.number_of_shards]'
  })
  t.throws(() => finishAtOnce(parseIndexSettings({ hidden: 'yes' })))
  t.throws(() => finishAtOnce(parseIndexSettings({ refresh_interval: '5' })))
  t.notThrows(() =>
    finishAtOnce(
      parseIndexSettings({ refresh_interval: '-1', knn: true, 'knn.algo_param.ef_search': 512 })
    )
  )
})

test('parseSettingsUpdate: null takes a setting back, fixed ones stay', (t) => {
  t.deepEqual(
    finishAtOnce(parseSettingsUpdate({ settings: { index: { refresh_interval: null } } })),
    new Map([['refresh_interval', null]])
  )
  t.throws(() => finishAtOnce(parseSettingsUpdate({ 'index.number_of_shards': 2 })), {
    message: 'final index setting [index.number_of_shards], not updateable'
  })
})

test('nestSettings: a name that is a value and a prefix keeps the longer name whole', (t) => {
  t.deepEqual(
    finishAtOnce(
      nestSettings([
        ['index.knn', 'true'],
        ['index.knn.space_type', 'l2']
      ])
    ),
    {
      index: { knn: 'true', 'knn.space_type': 'l2' }
    }
  )
})

test('parseIndexSettings, parseSettingsUpdate, nestSettings: thousands are read and printed in steps', (t) => {
  const count = 5000
  const names = Array.from({ length: count }, (_, at) => `name${at}`)
  const require = Object.fromEntries(names.map((name) => [name, 'v']))
  const body = { index: { routing: { allocation: { require } } } }
  for (const steps of [parseIndexSettings(body), parseSettingsUpdate(body)]) {
    const [stepCount, flat] = counted(steps)
    t.true(stepCount >= count / 100, `${stepCount} steps`)
    t.is(flat.size, count)
    const [printedIn, printed] = counted(
      nestSettings(Array.from(flat, ([name, text]) => [`index.${name}`, text!] as const))
    )
    t.true(printedIn >= count / 100, `${printedIn} steps`)
    t.deepEqual(printed, body)
  }
})

function counted<T>(steps: Steps<T>): [stepCount: number, result: T] {
  for (let stepCount = 0; ; stepCount++) {
    const step = steps.next()
    if (step.done === true) return [stepCount, step.value]
  }
}
