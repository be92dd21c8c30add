/** Random documents and query trees, the same for the same seed. */
import type { Query } from '../../../src/query/index.ts'
import { dims, fields, l2Score } from './fixture.ts'
import type { TestDoc } from './fixture.ts'

export type Random = {
  /** 0 .. below - 1. */
  int(below: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  list<T>(most: number, make: () => T): T[]
}

/** Source  mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    int,
    chance: (share) => next() < share,
    pick: (list) => list[int(list.length)]!,
    list: (most, make) => Array.from({ length: int(most + 1) }, make)
  }
}

export const tags: readonly string[] = ['a', 'ab', 'abc', 'b', 'ba', 'c', 'z\u{1F600}', 'z\uFFEE']
export const words: readonly string[] = ['fox', 'dog', 'sun', 'sea']
const counts = [-3n, 0n, 1n, 2n, 7n, 2n ** 60n, 2n ** 60n + 1n]
const prices = [-1.5, 0, 0.25, 3, 1e9]

export function randomDoc(random: Random, isChild: boolean = false): TestDoc {
  const some = <T>(make: () => T[]): T[] | undefined => {
    const list = random.chance(0.75) ? make() : []
    return list.length === 0 ? undefined : list
  }
  const doc = {
    tag: some(() => [...new Set(random.list(3, () => random.pick(tags)))]),
    text: isChild
      ? undefined
      : some(() => random.list(random.chance(0.1) ? 60 : 8, () => random.pick(words))),
    count: some(() => random.list(3, () => random.pick(counts))),
    price: isChild ? undefined : some(() => random.list(2, () => random.pick(prices))),
    vector: some(() => randomVector(random)),
    children: isChild ? undefined : random.list(3, () => randomDoc(random, true))
  }
  return Object.fromEntries(Object.entries(doc).filter(([, value]) => value !== undefined))
}

export const randomVector = (random: Random): number[] =>
  Array.from({ length: dims }, () => random.int(9) - 4)

type Maker = (random: Random, depth: number) => Query

const leaves: readonly Maker[] = [
  () => ({ type: 'matchAll' }),
  () => ({ type: 'matchNone' }),
  (random) => ({ type: 'term', field: fields.tag, term: random.pick(tags), scored: true }),
  (random) => ({ type: 'term', field: fields.text, term: random.pick(words), scored: true }),
  (random) => ({ type: 'term', field: fields.tag, term: random.pick(tags), scored: false }),
  (random) => ({
    type: 'termSet',
    field: fields.tag,
    terms: [...new Set(random.list(5, () => random.pick(tags)))].sort()
  }),
  (random) => ({
    type: 'termPattern',
    field: fields.tag,
    pattern: random.pick(['a', 'ab', '', 'zz']),
    kind: 'prefix',
    caseInsensitive: random.chance(0.5)
  }),
  (random) => ({
    type: 'termPattern',
    field: fields.tag,
    pattern: random.pick(['a*', '*b*', '?', 'a?c', '*', 'B?']),
    kind: 'wildcard',
    caseInsensitive: random.chance(0.5)
  }),
  (random) => ({
    type: 'termRange',
    field: fields.tag,
    from: random.chance(0.2) ? null : random.pick(tags),
    to: random.chance(0.2) ? null : random.pick(tags),
    fromInclusive: random.chance(0.5),
    toInclusive: random.chance(0.5)
  }),
  (random) => ({
    type: 'longRange',
    field: fields.count,
    from: random.pick([-(2n ** 63n), ...counts]),
    to: random.pick([2n ** 63n - 1n, ...counts])
  }),
  (random) => ({
    type: 'longSet',
    field: fields.count,
    values: random.list(4, () => random.pick(counts))
  }),
  (random) => ({
    type: 'doubleRange',
    field: fields.price,
    from: random.pick([-Infinity, ...prices]),
    to: random.pick([Infinity, ...prices])
  }),
  (random) => ({
    type: 'doubleSet',
    field: fields.price,
    values: random.list(4, () => random.pick(prices))
  }),
  (random) => ({
    type: 'phrase',
    field: fields.text,
    terms: Array.from({ length: 1 + random.int(3) }, (_, position) => ({
      term: random.pick(words),
      position
    })),
    slop: 0
  }),
  (random) => ({
    type: 'exists',
    fields: random.list(2, () =>
      random.pick([fields.tag, fields.text, fields.count, fields.vector])
    )
  }),
  (random) => ({ type: 'ids', ids: random.list(6, () => `d${random.int(60)}`) })
]

export function randomKnn(random: Random, filter: Query | null): Extract<Query, { type: 'knn' }> {
  return {
    type: 'knn',
    field: fields.vector,
    vector: Float32Array.from(randomVector(random)),
    k: 1 + random.int(8),
    candidates: 10,
    filter,
    rawLimit: random.chance(0.3) ? random.int(40) : null,
    score: l2Score,
    exhaustive: false,
    rescore: null
  }
}

const compounds: readonly Maker[] = [
  (random, depth) => randomBool(random, depth),
  (random, depth) => randomBool(random, depth),
  (random, depth) => ({
    type: 'disMax',
    queries: random.list(3, () => randomQuery(random, depth - 1)),
    tieBreaker: random.pick([0, 0.5, 1])
  }),
  (random, depth) => ({ type: 'constantScore', filter: randomQuery(random, depth - 1) }),
  (random, depth) => ({
    type: 'boosting',
    positive: randomQuery(random, depth - 1),
    negative: randomQuery(random, depth - 1),
    negativeBoost: 0.25
  }),
  (random, depth) => ({
    type: 'scriptScore',
    query: randomQuery(random, depth - 1),
    script: { bind: () => (_docId, score) => 2 * score + 1 },
    minScore: random.chance(0.3) ? 2.5 : null
  }),
  (random) => ({
    type: 'nested',
    path: 'child',
    query: randomChildQuery(random),
    scoreMode: random.pick(['avg', 'max', 'min', 'sum', 'none'] as const)
  }),
  (random, depth) => randomKnn(random, random.chance(0.7) ? randomQuery(random, depth - 1) : null)
]

function randomChildQuery(random: Random): Query {
  const term: Query = {
    type: 'term',
    field: fields.childTag,
    term: random.pick(tags),
    scored: true
  }
  const range: Query = {
    type: 'longRange',
    field: fields.childCount,
    from: 0n,
    to: random.pick(counts)
  }
  return random.pick<Query>([
    term,
    range,
    { type: 'matchAll' },
    {
      type: 'bool',
      must: [range],
      should: [term],
      filter: [],
      mustNot: [],
      minimumShouldMatch: null
    },
    { type: 'bool', must: [], should: [], filter: [], mustNot: [term], minimumShouldMatch: null }
  ])
}

function randomBool(random: Random, depth: number): Query {
  const clauses = (most: number): Query[] => random.list(most, () => randomQuery(random, depth - 1))
  return {
    type: 'bool',
    must: clauses(2),
    should: clauses(3),
    filter: clauses(1),
    mustNot: random.chance(0.3) ? clauses(2) : [],
    minimumShouldMatch: random.pick([null, null, null, 0, 1, 2, '50%', '-1', '1<50%'])
  }
}

export function randomQuery(random: Random, depth: number): Query {
  const query = random.pick(depth > 0 && random.chance(0.6) ? compounds : leaves)(random, depth)
  return random.chance(0.2) ? { ...query, boost: random.pick([0.5, 2, 3]) } : query
}
