/** Clauses of long bodies, parsed in steps: the query is that of one piece, and each clause is parsed once, in a step of its own. */
import test from 'ava'
import { parseClauses } from '../../../src/dialect/index.ts'
import { BodyNode, objectBody } from '../../../src/dialect/body-node.ts'
import { parseQuery } from '../../../src/dialect/elasticsearch/query-parser.ts'
import type { QueryContext } from '../../../src/dialect/index.ts'
import { clauseCountMax } from '../../../src/query/index.ts'
import type { Query } from '../../../src/query/index.ts'
import { finishAtOnce } from '../../../src/util/index.ts'
import { randomOf } from '../search/random.ts'
import type { Random } from '../search/random.ts'

const seedFirst = 20_261_122

/** A clause without clauses below it asks for the fields of its pattern. */
function countingContext(): { readonly context: QueryContext; readonly asked: () => number } {
  let count = 0
  const expandFields = (pattern: string): string[] => {
    count += 1
    return [`${pattern}a`, `${pattern}b`]
  }
  return { context: { requestSize: 10, expandFields }, asked: () => count }
}

const leaf = (word: number): unknown => ({ query_string: { query: `w${word}`, fields: ['x*'] } })

function randomJson(random: Random, depth: number): unknown {
  if (depth === 0 || random.chance(0.3)) return leaf(random.int(100))
  const child = (): unknown => randomJson(random, depth - 1)
  const list = (): unknown =>
    random.chance(0.2) ? child() : Array.from({ length: random.int(5) }, child)
  const makers = [
    () => ({ bool: { must: list(), should: list(), filter: list(), must_not: list(), boost: 2 } }),
    () => ({ bool: { should: [child()], minimum_should_match: 1 } }),
    () => ({ dis_max: { queries: [child(), child()], tie_breaker: 0.5 } }),
    () => ({ constant_score: { filter: child() } }),
    () => ({ boosting: { positive: child(), negative: child(), negative_boost: 0.5 } }),
    () => ({ nested: { path: 'p', query: child() } }),
    () => ({ function_score: { query: child(), functions: [{ filter: child(), weight: 2 }] } })
  ]
  return random.pick(makers)()
}

const parsedOf = (body: unknown, context: QueryContext): Query =>
  parseQuery(objectBody(body).member('query')!, context)

/** Steps until all is parsed, and the most clauses of one of them. */
function inSteps(body: unknown): { query: Query; mostAsked: number; askedLast: number } {
  const { context, asked } = countingContext()
  const steps = parseClauses(body, context)
  let before = 0
  let mostAsked = 0
  for (;;) {
    const step = steps.next()
    mostAsked = Math.max(mostAsked, asked() - before)
    before = asked()
    if (step.done !== true) continue
    const query = parsedOf(body, step.value)
    return { query, mostAsked, askedLast: asked() - before }
  }
}

test('parseClauses: random trees are the queries of one piece, each clause of a list parsed once and in a step of its own', (t) => {
  t.log(`seeds from ${seedFirst}`)
  for (let seed = seedFirst; seed < seedFirst + 300; seed++) {
    const body = { query: randomJson(randomOf(seed), 4) }
    const { context, asked } = countingContext()
    const wanted = parsedOf(body, context)
    const { query, mostAsked, askedLast } = inSteps(body)
    t.deepEqual(query, wanted, `seed ${seed}`)
    // Those that stand alone are parsed with what is around them: two of boosting, of a function score, of each depth.
    t.true(Math.max(mostAsked, askedLast) <= Math.min(asked(), 2 ** 5), `seed ${seed}`)
  }
  const should = Array.from({ length: 3_000 }, (_none, at) => ({
    bool: { must: [leaf(at), leaf(-at)] }
  }))
  const { mostAsked, askedLast } = inSteps({ query: { bool: { should } } })
  t.deepEqual([mostAsked, askedLast], [inSteps({ query: leaf(1) }).askedLast, 0])
})

test('parseClauses: faults are those of who parses the whole', (t) => {
  const { context } = countingContext()
  const bodies = [
    { query: { bool: { should: [leaf(1), { nope: {} }, leaf(2)] } } },
    { query: { bool: { should: [leaf(1), { bool: { must: [{ term: {} }] } }], nope: 1 } } },
    { query: { bool: { should: [1, leaf(1)] } } }
  ]
  for (const body of bodies) {
    const wanted = t.throws(() => parsedOf(body, context))
    const known = finishAtOnce(parseClauses(body, context))
    t.is(t.throws(() => parsedOf(body, known)).message, wanted.message)
  }
  const named = { query: { term: { must: [{ bool: {} }] } } }
  t.notThrows(() => finishAtOnce(parseClauses(named, context)))
})

test('parseQuery: of a list that is too long one clause too many is read, so that its number is refused', (t) => {
  const should = Array.from({ length: 3 * clauseCountMax }, () => ({ match_all: {} }))
  for (const query of [{ bool: { should } }, { dis_max: { queries: should } }]) {
    const parsed = parseQuery(new BodyNode(query), countingContext().context)
    const list = parsed.type === 'bool' ? parsed.should : parsed.type === 'disMax' && parsed.queries
    t.is(list && list.length, clauseCountMax + 1)
  }
})
