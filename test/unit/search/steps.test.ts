/**
 * Searches in steps: wherever they are left, and whatever happens before they go on (other searches over the same frames, documents
 * that come and go), they find what they find in one piece, bit for bit.
 */
import test from 'ava'
import { compileScore } from '../../../src/script/index.ts'
import { rootContext } from '../../../src/search/create-weight.ts'
import { Deadline } from '../../../src/search/deadline.ts'
import { bindFilter } from '../../../src/search/filter-bits.ts'
import { openTargetSearch } from '../../../src/search/target-search.ts'
import { countMatches, searchSteps } from '../../../src/search/index.ts'
import type { SearchHit, SearchRequest, SearchResult } from '../../../src/search/index.ts'
import { describe } from '../../../src/query/index.ts'
import type { Query } from '../../../src/query/index.ts'
import type { SegmentView } from '../../../src/segment/index.ts'
import { finishAtOnce, VectorStoreError } from '../../../src/util/index.ts'
import type { LoopSlice, Steps } from '../../../src/util/index.ts'
import { SegmentStore, viewOf } from '../../support/segment-store.ts'
import { append, fields, l2Score, openSegment, request, segmentsOf, target } from './fixture.ts'
import type { TestDoc } from './fixture.ts'
import { randomDoc, randomKnn, randomOf, randomQuery, randomVector } from './random.ts'
import type { Random } from './random.ts'
import { executeSearch } from '../../support/execute-search.ts'

const seedFirst = 20_261_121

const dueSometimes = (random: Random): LoopSlice => ({
  due: () => random.chance(0.7),
  wait: () => Promise.resolve(),
  restart: () => undefined
})

const everyVector = (random: Random): Query => ({
  ...randomKnn(random, random.chance(0.5) ? randomQuery(random, 1) : null),
  exhaustive: true
})
const scanned = (random: Random): Query => ({
  type: 'neighbors',
  field: fields.vector,
  vector: Float32Array.from(randomVector(random)),
  space: 'l2',
  by: { type: 'scan' },
  score: l2Score
})
const scripted = (random: Random): Query => ({
  type: 'scriptScore',
  query: randomQuery(random, 1),
  script: compileScore("doc['count'].size() + _score + params.a", { a: random.int(5) }),
  minScore: random.chance(0.3) ? 3 : null
})

function requestOf(random: Random, segments: readonly SegmentView[]): SearchRequest {
  const makers = [everyVector, scanned, scripted, (of: Random) => randomQuery(of, 3)]
  const query = { ...random.pick(makers)(random), ...(random.chance(0.3) && { name: 'named' }) }
  const isSorted = random.chance(0.3)
  const { exhaustive: _none, ...section } = randomKnn(
    random,
    random.chance(0.5) ? randomQuery(random, 2) : null
  )
  const column = { type: 'column', field: fields.tag, missing: 'last', mode: 'max' } as const
  const rescore = {
    query: scripted(random),
    windowSize: 200,
    queryWeight: 1,
    rescoreQueryWeight: 0.5,
    scoreMode: 'total'
  } as const
  const one = target(segments, random.chance(0.9) ? query : null, {
    knn: random.chance(0.3) ? [{ ...section, exhaustive: false }] : [],
    postFilter: random.chance(0.2) ? randomQuery(random, 1) : null,
    sort: isSorted ? [{ ...column, descending: random.chance(0.5) }] : [],
    ...(random.chance(0.2) && !isSorted && { rescore: [rescore] })
  })
  return request([one], {
    size: random.pick([0, 10, 700]),
    minScore: random.chance(0.2) && !isSorted ? 2 : null,
    trackScores: random.chance(0.5)
  })
}

type Told = Pick<SearchResult, 'total' | 'maxScore'> & { readonly hits: Iterable<SearchHit> }
const told = ({ hits, total, maxScore }: Told): unknown => ({
  total,
  maxScore,
  hits: Array.from(hits, ({ segment, docId, score, sort, matched }) => [
    segment.reader.name,
    docId,
    score,
    sort,
    matched
  ])
})

test('searchSteps: left anywhere, while others search and documents come and go, a search finds what it finds in one piece', async (t) => {
  const store = await SegmentStore.open()
  let leftCount = 0
  for (let seed = seedFirst; seed < seedFirst + 4; seed++) {
    const random = randomOf(seed)
    const buffer = openSegment(10 * seed + 2)
    const segments: SegmentView[] = []
    for (let generation = 0; generation < 2; generation++) {
      const segment = openSegment(10 * seed + generation)
      for (let count = 300 + random.int(400); count > 0; count--)
        append(segment, `d${generation} ${count}`, randomDoc(random))
      segments.push(viewOf(store.open(await store.merge([segment.view()]))))
    }
    for (let count = 400; count > 0; count--) append(buffer, `b${count}`, randomDoc(random))
    segments.push(buffer.view())
    for (let round = 0; round < 15; round++) {
      const under = Array.from({ length: 6 }, () => {
        const asked = requestOf(random, segments)
        const wanted = told(executeSearch(asked))
        return { asked, wanted, steps: searchSteps({ ...asked, slice: dueSometimes(random) }) }
      })
      while (under.length > 0) {
        const at = random.int(under.length)
        const { asked, wanted, steps } = under[at]!
        const step = steps.next()
        if (step.done !== true) {
          leftCount += 1
          append(buffer, `late ${leftCount}`, randomDoc(random))
          if (random.chance(0.5)) buffer.delete(buffer.docIdOf(`late ${leftCount}`))
          continue
        }
        under.splice(at, 1)
        const query = asked.targets[0]?.query ?? null
        const what = query === null ? 'none' : describe(query)
        t.deepEqual(told(step.value), wanted, `seed ${seed} round ${round}: ${what}`)
      }
      const query = randomQuery(random, 3)
      const counted = [target(segments, query)]
      const slice = dueSometimes(random)
      t.is(
        finishAtOnce(countMatches(counted, { slice })),
        finishAtOnce(countMatches(counted)),
        `seed ${seed} round ${round}: ${describe(query)}`
      )
    }
  }
  t.log(`seeds from ${seedFirst}, left ${leftCount} times`)
  t.true(leftCount > 1_000)
})

const always: LoopSlice = {
  due: () => true,
  wait: () => Promise.resolve(),
  restart: () => undefined
}
const many = segmentsOf(Array.from({ length: 2_000 }, (_none, at) => ({ count: [BigInt(at)] })))
const byCount = (source: string): SearchRequest => {
  const script = compileScore(source)
  const query: Query = { type: 'scriptScore', query: { type: 'matchAll' }, script, minScore: null }
  return request([target(many, query)])
}

/** Goes on `count` times. */
function goOn(steps: Steps<unknown>, count: number): void {
  for (let left = count; left > 0; left--) steps.next()
}

test('searchSteps: what fails in a later step fails as in one piece', (t) => {
  const asked = byCount("doc['count'].value < 1500 ? 1 : -1")
  const wanted = t.throws(() => executeSearch(asked), { instanceOf: VectorStoreError })
  const steps = searchSteps({ ...asked, slice: always })
  goOn(steps, 5)
  const error = t.throws(() => finishAtOnce(steps), { instanceOf: VectorStoreError })
  t.deepEqual([error.code, error.message], [wanted.code, wanted.message])
})

test('searchSteps: a request that is given up, or whose time is over, ends at the next step', (t) => {
  const controller = new AbortController()
  const asked = { ...byCount("doc['count'].value"), slice: always }
  const cancelled = searchSteps({ ...asked, signal: controller.signal })
  goOn(cancelled, 3)
  controller.abort()
  const given = t.throws(() => cancelled.next(), { instanceOf: VectorStoreError })
  t.is(given.code, 'DEADLINE_EXCEEDED')

  const now = performance.now.bind(performance)
  const deadlineMs = performance.now() + 3_600_000
  const late = searchSteps({ ...asked, deadlineMs })
  goOn(late, 1)
  performance.now = () => deadlineMs + 1
  try {
    const error = t.throws(() => late.next(), { instanceOf: VectorStoreError })
    t.is(error.code, 'DEADLINE_EXCEEDED')
  } finally {
    performance.now = now
  }
})

const word = (at: number): Query => ({
  type: 'term',
  field: fields.text,
  term: `w${at}`,
  scored: true
})
const words = (count: number): Query[] => Array.from({ length: count }, (_, at) => word(at))
const noClauses = { must: [], should: [], filter: [], mustNot: [], minimumShouldMatch: null }
const all: Query = { type: 'matchAll' }

/** A tree of nodes with two clauses each. */
function twofold(
  make: (first: Query, second: Query) => Query,
  depth: number,
  at: number = 0
): Query {
  if (depth === 0) return word(at)
  return make(twofold(make, depth - 1, 2 * at), twofold(make, depth - 1, 2 * at + 1))
}

const manyClauses: Readonly<Record<string, Query>> = {
  should: { type: 'bool', ...noClauses, should: words(2_000) },
  'a filter': { type: 'bool', ...noClauses, filter: words(2_000) },
  'must_not beside others': { type: 'bool', ...noClauses, must: [all], mustNot: words(2_000) },
  dis_max: { type: 'disMax', queries: words(2_000), tieBreaker: 0.5 },
  'bools of few': twofold((...should) => ({ type: 'bool', ...noClauses, should }), 10),
  'bools of all kinds': twofold(
    (first, second) => ({ type: 'bool', ...noClauses, must: [first], should: [second] }),
    10
  ),
  'boosting within boosting': twofold(
    (positive, negative) => ({ type: 'boosting', positive, negative, negativeBoost: 0.5 }),
    10
  ),
  'functions with filters': {
    type: 'functionScore',
    query: all,
    functions: words(2_000).map((filter) => ({ filter, weight: 2, value: null })),
    scoreMode: 'sum',
    boostMode: 'sum',
    maxBoost: Infinity,
    minScore: null
  }
}

/** The same segments, whose terms are counted as they are asked for. */
function countingLooks(segments: readonly SegmentView[]): {
  readonly views: SegmentView[]
  readonly count: () => number
} {
  let count = 0
  const views = segments.map((view) => ({
    ...view,
    reader: new Proxy(view.reader, {
      get(reader, name) {
        if (name === 'terms') count += 1
        const member: unknown = Reflect.get(reader, name, reader)
        return typeof member === 'function' ? (member.bind(reader) as unknown) : member
      }
    })
  }))
  return { views, count: () => count }
}

const wordDocs = (first: number): TestDoc[] =>
  Array.from({ length: 1_024 }, (_none, at) => ({
    text: [`w${first + at}`, `w${(first + 7 * at) % 1_000}`]
  }))

/** Clauses of one list that are not opened one by one, in each of the four lists of a bool. */
const clausesInOnePiece = 4 * 16

for (const [name, query] of Object.entries(manyClauses))
  test(`searchSteps: of ${name} few terms are looked up between two places where it may be left`, (t) => {
    const two = segmentsOf(wordDocs(0), wordDocs(500))
    const { views, count } = countingLooks(two)
    const wanted = told(executeSearch(request([target(two, query)])))
    const steps = searchSteps({ ...request([target(views, query)]), slice: always })
    let most = 0
    let before = 0
    for (;;) {
      const step = steps.next()
      most = Math.max(most, count() - before)
      before = count()
      if (step.done !== true) continue
      t.deepEqual(told(step.value), wanted)
      break
    }
    t.log(`${count()} looks, at most ${most} in one piece`)
    // For the list in this segment, and how many documents have it in each.
    t.true(most <= clausesInOnePiece * (1 + two.length))
    t.true(count() >= 1_000)
  })

test('searchSteps: documents that hundreds of clauses are asked about are left one by one', (t) => {
  const range = (at: number): Query => {
    return { type: 'longRange', field: fields.count, from: BigInt(-at), to: 1_999n }
  }
  const should = Array.from({ length: 300 }, (_none, at) => range(at))
  const query: Query = { type: 'bool', ...noClauses, should }
  const steps = searchSteps({ ...request([target(many, query)]), slice: always })
  let leftCount = 0
  while (steps.next().done !== true) leftCount += 1
  t.true(leftCount >= 2_000, `${leftCount}`)
})

test('bindFilter: the conditions of a filter are bound one by one', (t) => {
  const deadline = new Deadline(undefined, Infinity, always)
  const context = rootContext(openTargetSearch(target(many, all), deadline), true)
  const filter: Query = { type: 'bool', ...noClauses, filter: words(500) }
  let leftCount = 0
  const steps = bindFilter(filter, '', context)
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done !== true) {
      leftCount += 1
      continue
    }
    const atOnce = finishAtOnce(bindFilter(filter, '', context))
    t.is(step.value.key, atOnce.key)
    t.not(atOnce.key, null)
    break
  }
  t.true(leftCount >= 500, `${leftCount}`)
})
