/**
 * Goal: no request makes the server fail: whatever comes in is answered, or refused with a status below 500.
 * Method: valid bodies with one part replaced by an arbitrary JSON value, and arbitrary values as bodies, against a
 * real node on every route. STORE_SEED chooses other inputs, STORE_RUNS how many.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import test from 'ava'
import { openRest } from '../../../src/rest/index.ts'
import { allRoutes } from '../../../src/rest/routes/index.ts'

const seed = Number(process.env['STORE_SEED'] ?? 20_261_121)
const runs = Number(process.env['STORE_RUNS'] ?? 1000)

/** One of each query, section and option, to be damaged at any place. */
const bodies: readonly object[] = [
  {
    query: {
      bool: {
        must: [{ match: { t: { query: 'a b', operator: 'and' } } }, { term: { k: 'x' } }],
        should: [
          { range: { n: { gte: 1, lt: 5 } } },
          { prefix: { k: 'x' } },
          { ids: { values: ['1'] } }
        ],
        filter: { terms: { k: ['x', 'y'] } },
        must_not: { exists: { field: 'o.p' } },
        minimum_should_match: '50%'
      }
    },
    sort: [{ n: { order: 'desc', missing: '_first' } }, '_score'],
    search_after: [3, 1],
    _source: { includes: ['t'], excludes: ['k'] },
    fields: ['*', { field: 'd', format: 'yyyy' }],
    docvalue_fields: ['n'],
    track_total_hits: 5,
    size: 3
  },
  {
    knn: [
      {
        field: 'v',
        query_vector: [1, 2],
        k: 2,
        num_candidates: 5,
        similarity: 0.5,
        boost: 2,
        filter: { term: { k: 'x' } },
        rescore_vector: { oversample: 2 }
      }
    ],
    query: {
      dis_max: {
        queries: [{ wildcard: { k: '*' } }, { match_phrase: { t: 'a b' } }],
        tie_breaker: 0.3
      }
    },
    rescore: { window_size: 5, query: { rescore_query: { match_all: {} }, score_mode: 'max' } },
    post_filter: { constant_score: { filter: { match_all: { boost: 2 } } } },
    min_score: 0.1,
    profile: true
  },
  {
    query: {
      function_score: {
        query: {
          script_score: {
            query: { match_all: {} },
            script: { source: 'params.a + _score', params: { a: 1 } }
          }
        },
        functions: [{ filter: { query_string: { query: 't:a AND k:x*' } }, weight: 2 }],
        boost_mode: 'sum'
      }
    }
  },
  { query: { knn: { field: 'v', query_vector: [1, 2], k: 1 } } },
  {
    retriever: {
      rrf: {
        retrievers: [
          { standard: { query: { match: { t: 'a' } } } },
          { knn: { field: 'v', query_vector: [1, 2], k: 1, num_candidates: 2 } }
        ]
      }
    }
  },
  { doc: { n: 1 }, doc_as_upsert: true },
  { docs: [{ _index: 'i', _id: '1' }] },
  {
    settings: { number_of_replicas: 0 },
    mappings: { properties: { a: { type: 'keyword' } } },
    aliases: { al: { filter: { term: { a: 1 } } } }
  },
  { actions: [{ add: { index: 'i', alias: 'al', filter: { match_all: {} } } }] },
  { t: 'text', k: ['x'], n: 3, d: '2020-01-01', v: [1, 2], o: { p: true } },
  { text: 'a b', analyzer: 'standard' },
  { scroll: '1m', scroll_id: 'x' },
  { id: 'x' }
]

/** Half of all requests go where most of the parsing is. */
const searches = allRoutes.filter(({ path }) => path === '/{index}/_search')

/** Places of a body: paths to every value in it. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return by
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as object) }
  const target = copy as Record<string, unknown>
  target[step] = replaced(target[step], rest, by)
  return copy
}

const damaged = fc
  .constantFrom(...bodies)
  .chain((body) =>
    fc
      .tuple(fc.constantFrom(...places(body)), fc.jsonValue({ maxDepth: 2 }))
      .map(([path, by]) => replaced(body, path, by))
  )

test('handle: no body on any route makes the server fail', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'leveret-any-'))
  const { node, handler } = await openRest(data)
  const mappings = {
    properties: {
      t: { type: 'text' },
      k: { type: 'keyword' },
      n: { type: 'long' },
      d: { type: 'date' },
      v: { type: 'dense_vector', dims: 2, similarity: 'l2_norm' }
    }
  }
  try {
    const request = fc.record({
      route: fc.oneof(fc.constantFrom(...allRoutes), fc.constantFrom(...searches)),
      method: fc.nat(),
      id: fc.constantFrom('1', 'x y', '_all', '*'),
      body: fc.oneof({ weight: 4, arbitrary: damaged }, { weight: 1, arbitrary: fc.jsonValue() }),
      isLines: fc.boolean()
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ route, method, id, body, isLines }) => {
        if (node.findIndex('i') === null)
          await handler.handle({ method: 'PUT', path: '/i', body: { mappings } })
        const path = route.path
          .replace('{index}', 'i')
          .replaceAll(/\{\w+\}/g, encodeURIComponent(id))
        const text = JSON.stringify(body)
        const name = route.methods[method % route.methods.length] ?? 'GET'
        const answer = await handler.handle({
          method: name,
          path,
          body: isLines ? `{"index":{"_id":"1"}}\n${text}\n` : text
        })
        if (answer.status >= 500) throw new Error(`${name} ${path} ${text}: ${String(answer.body)}`)
      }),
      { seed, numRuns: runs }
    )
    t.pass()
  } finally {
    await node.close()
    await rm(data, { recursive: true })
  }
})
