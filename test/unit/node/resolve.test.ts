import test from 'ava'
import { resolveIndices } from '../../../src/node/resolve.ts'
import type { AliasDefinition, NodeIndex, ResolveOptions } from '../../../src/node/index.ts'
import type { IndexMapping } from '../../../src/mapping/index.ts'
import type { Query } from '../../../src/query/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

type Given = {
  readonly aliases?: Readonly<Record<string, Query | null>>
  readonly state?: 'open' | 'close'
  readonly hidden?: boolean
}

const alias = (filter: Query | null): AliasDefinition => ({
  filterJson: null,
  filter,
  indexRouting: null,
  searchRouting: null,
  isWriteIndex: null,
  isHidden: null
})

function indicesOf(given: Readonly<Record<string, Given>>): Map<string, NodeIndex> {
  const entries = Object.entries(given).map(
    ([name, { aliases = {}, state = 'open', hidden }], at) => {
      const index: NodeIndex = {
        metadata: {
          number: at + 1,
          name,
          uuid: `uuid-${name}`,
          createdMs: 0,
          settings: new Map(hidden === true ? [['hidden', 'true']] : []),
          aliases: new Map(Object.entries(aliases).map(([key, filter]) => [key, alias(filter)])),
          state
        },
        mapping: null as unknown as IndexMapping,
        engine: null,
        health: 'green',
        fault: null
      }
      return [name, index] as const
    }
  )
  return new Map(entries)
}

const lenient: ResolveOptions = {
  ignoreUnavailable: true,
  allowNoIndices: true,
  expandHidden: false
}
const strict: ResolveOptions = {
  ignoreUnavailable: false,
  allowNoIndices: true,
  expandHidden: false
}

const old: Query = { type: 'ids', ids: ['old'] }
const recent: Query = { type: 'ids', ids: ['recent'] }

const indices = indicesOf({
  'logs-1': { aliases: { logs: null, some: old } },
  'logs-2': { aliases: { logs: null, some: recent, few: recent } },
  notes: { aliases: { few: old } },
  shut: { state: 'close', aliases: { logs: null } },
  '.secret': { hidden: true },
  quiet: { hidden: true }
})

const names = (expressions: readonly string[], options: ResolveOptions = strict): string[] =>
  resolveIndices(indices, expressions, options).map(({ index }) => index.metadata.name)

test('resolveIndices: no expression, _all and * name every open index that is not hidden', (t) => {
  const all = ['logs-1', 'logs-2', 'notes']
  t.deepEqual(names([]), all)
  t.deepEqual(names(['_all']), all)
  t.deepEqual(names(['*']), all)
  t.deepEqual(names(['*'], { ...strict, expandHidden: true }), [...all, '.secret', 'quiet'])
  t.deepEqual(names(['.s*']), ['.secret'])
})

test('resolveIndices: names and aliases in the order of the expression, each index once', (t) => {
  t.deepEqual(names(['notes', 'logs-1', 'notes']), ['notes', 'logs-1'])
  t.deepEqual(names(['logs']), ['logs-1', 'logs-2'])
  t.deepEqual(names(['logs', 'logs-*']), ['logs-1', 'logs-2'])
  t.deepEqual(names(['lo*', 'quiet']), ['logs-1', 'logs-2', 'quiet'])
})

test('resolveIndices: -name excludes after a pattern, and is a name before one', (t) => {
  t.deepEqual(names(['*', '-logs-1']), ['logs-2', 'notes'])
  t.deepEqual(names(['*', '-logs-*']), ['notes'])
  t.throws(() => names(['-logs-1', 'notes']), { instanceOf: VectorStoreError })
})

test('resolveIndices: absent and closed indices are faults unless they may be missing', (t) => {
  const code = (run: () => unknown): string | undefined =>
    t.throws(run, { instanceOf: VectorStoreError })?.code
  t.is(
    code(() => names(['absent'])),
    'INDEX_ABSENT'
  )
  t.is(
    code(() => names(['notes', 'absent'])),
    'INDEX_ABSENT'
  )
  t.is(
    code(() => names(['shut'])),
    'INDEX_CLOSED'
  )
  t.deepEqual(names(['notes', 'absent', 'shut'], lenient), ['notes'])
  t.deepEqual(names(['nothing*']), [])
  t.is(
    code(() => names(['nothing*'], { ...lenient, allowNoIndices: false })),
    'INDEX_ABSENT'
  )
})

test('resolveIndices: filters of several aliases are ORed, an unfiltered way lifts them', (t) => {
  const filterOf = (expressions: readonly string[], name: string): Query | null | undefined =>
    resolveIndices(indices, expressions, strict).find(({ index }) => index.metadata.name === name)
      ?.aliasFilter
  t.deepEqual(filterOf(['some'], 'logs-1'), old)
  t.deepEqual(filterOf(['few'], 'logs-2'), recent)
  t.is(filterOf(['some', 'logs-1'], 'logs-1'), null)
  t.is(filterOf(['some', 'logs'], 'logs-2'), null)
  const two = indicesOf({ one: { aliases: { a: old, b: recent } } })
  t.deepEqual(resolveIndices(two, ['a', 'b'], strict)[0]?.aliasFilter, {
    type: 'bool',
    must: [],
    should: [old, recent],
    filter: [],
    mustNot: [],
    minimumShouldMatch: 1
  })
})
