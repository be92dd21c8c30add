import test from 'ava'
import {
  nestSettings,
  parseIndexSettings,
  parseSettingsUpdate
} from '../../../src/dialect/elasticsearch/index-settings.ts'

test('parseIndexSettings: nested, flat and unprefixed names are one', (t) => {
  const wanted = new Map([['number_of_replicas', '0']])
  for (const form of [
    { index: { number_of_replicas: 0 } },
    { 'index.number_of_replicas': '0' },
    { number_of_replicas: 0 },
    { index: { number_of_replicas: 0 } }
  ])
    t.deepEqual(parseIndexSettings(form), wanted)
})

test('parseIndexSettings: lists and analysis survive the way there and back', (t) => {
  const analysis = { analyzer: { mine: { type: 'custom', filter: ['lowercase', 'stop'] } } }
  const flat = parseIndexSettings({ analysis })
  t.is(flat.get('analysis.analyzer.mine.filter.1'), 'stop')
  t.deepEqual(nestSettings(flat), { analysis })
})

test('parseIndexSettings: what nobody knows or nobody may set is refused', (t) => {
  t.throws(() => parseIndexSettings({ 'index.foo': 1 }), {
    message: /^unknown setting \[index\.foo\] please check/
  })
  t.throws(() => parseIndexSettings({ number_of_replica: 1 }), {
    message: 'unknown setting [index.number_of_replica] did you mean [index.number_of_replicas]?'
  })
  t.throws(() => parseIndexSettings({ index: { uuid: 'x' } }), { message: /private index setting/ })
  t.throws(() => parseIndexSettings({ number_of_shards: 1025 }), { message: /must be <= 1024$/ })
  t.throws(() => parseIndexSettings({ number_of_shards: 'x' }), {
    message: 'Failed to parse value [x] for setting [index.number_of_shards]'
  })
  t.throws(() => parseIndexSettings({ hidden: 'yes' }))
  t.throws(() => parseIndexSettings({ refresh_interval: '5' }))
  t.notThrows(() =>
    parseIndexSettings({ refresh_interval: '-1', knn: true, 'knn.algo_param.ef_search': 512 })
  )
})

test('parseSettingsUpdate: null takes a setting back, fixed ones stay', (t) => {
  t.deepEqual(
    parseSettingsUpdate({ settings: { index: { refresh_interval: null } } }),
    new Map([['refresh_interval', null]])
  )
  t.throws(() => parseSettingsUpdate({ 'index.number_of_shards': 2 }), {
    message: 'final index setting [index.number_of_shards], not updateable'
  })
})

test('nestSettings: a name that is a value and a prefix keeps the longer name whole', (t) => {
  t.deepEqual(
    nestSettings([
      ['index.knn', 'true'],
      ['index.knn.space_type', 'l2']
    ]),
    {
      index: { knn: 'true', 'knn.space_type': 'l2' }
    }
  )
})
