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

/** One of each query, section and option, with the end of the paths that take it; to be damaged at any place. */
const searchBodies: readonly object[] = [
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
    query: {
      elastiknn_nearest_neighbors: {
        field: 'e',
        vec: { index: 'i', id: '1', field: 'e' },
        model: 'lsh',
        similarity: 'l2',
        candidates: 5,
        probes: 1
      }
    },
    stored_fields: ['k']
  },
  {
    query: {
      function_score: {
        query: {
          elastiknn_nearest_neighbors: {
            field: 's',
            vec: { true_indices: [1], total_indices: 9 },
            model: 'sparse_indexed',
            similarity: 'hamming'
          }
        },
        elastiknn_nearest_neighbors: {
          field: 's',
          vec: [[1], 9],
          model: 'exact',
          similarity: 'jaccard'
        }
      }
    }
  },
  {
    retriever: {
      rrf: {
        retrievers: [
          { standard: { query: { match: { t: 'a' } } } },
          { knn: { field: 'v', query_vector: [1, 2], k: 1, num_candidates: 2 } }
        ]
      }
    }
  }
]

const document = {
  t: 'text',
  k: ['x'],
  n: 3,
  d: '2020-01-01',
  v: [1, 2],
  e: { values: [1, 2] },
  s: [[1, 2], 9],
  o: { p: true }
}
const e = {
  type: 'elastiknn_dense_float_vector',
  elastiknn: { dims: 2, model: 'lsh', similarity: 'l2', L: 2, k: 1, w: 1 }
}
const s = { type: 'elastiknn_sparse_bool_vector', elastiknn: { dims: 9, model: 'sparse_indexed' } }
const definition = {
  settings: { number_of_replicas: 0 },
  mappings: {
    dynamic_templates: [{ a: { match_mapping_type: 'string', mapping: { type: 'keyword' } } }],
    properties: {
      a: { type: 'keyword', fields: { t: { type: 'text', analyzer: 'standard' } } },
      v: {
        type: 'dense_vector',
        dims: 2,
        similarity: 'cosine',
        index_options: { type: 'int8_hnsw', m: 4, ef_construction: 20 }
      },
      e,
      s,
      o: { type: 'nested', properties: { d: { type: 'date', format: 'yyyy' } } }
    }
  },
  aliases: { al: { filter: { term: { a: 1 } }, is_write_index: true } }
}

/** Bodies with the end of the paths that take them. */
const bodies: readonly (readonly [pathEnd: string, body: object])[] = [
  ...searchBodies.flatMap((body) => [
    ['/{index}/_search', body] as const,
    ['_msearch', body] as const
  ]),
  ...['_count', '_validate/query', '_delete_by_query'].map(
    (end) => [end, { query: searchBodies[0]!['query' as never] }] as const
  ),
  [
    '_knn_search',
    {
      knn: { field: 'v', query_vector: [1, 2], k: 1, num_candidates: 2 },
      filter: { term: { k: 'x' } },
      fields: ['n']
    }
  ],
  ['_update/{id}', { doc: { n: 1 }, doc_as_upsert: true }],
  ['_update/{id}', { doc: { n: 1 }, upsert: document, detect_noop: false }],
  ['_mget', { docs: [{ _index: 'i', _id: '1', _source: ['t'], routing: 'r' }] }],
  ['_mget', { ids: ['1', '2'] }],
  ['/{index}', definition],
  ['_mapping', definition.mappings],
  ['_settings', { index: { refresh_interval: '1s' } }],
  ['_aliases', { actions: [{ add: { index: 'i', alias: 'al', filter: { match_all: {} } } }] }],
  ['_alias/{name}', { filter: { term: { n: 1 } }, routing: 'r' }],
  ['_doc/{id}', document],
  ['_create/{id}', document],
  ['_bulk', document],
  ['_bulk', { doc: { n: 1 } }],
  ['_analyze', { text: 'a b', analyzer: 'standard' }],
  ['_field_caps', { fields: ['*'] }],
  ['_search/scroll', { scroll: '1m', scroll_id: 'x' }],
  ['_pit', { id: 'x' }]
]

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

const damaged = (body: object): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom(...places(body)), fc.jsonValue({ maxDepth: 2 }))
    .map(([path, by]) => replaced(body, path, by))

/** A body where it is looked at, and anything anywhere. */
const asked = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...bodies).chain(([end, body]) =>
      fc.record({
        route: fc.constantFrom(...allRoutes.filter(({ path }) => path.endsWith(end))),
        body: damaged(body)
      })
    )
  },
  {
    weight: 1,
    arbitrary: fc.record({ route: fc.constantFrom(...allRoutes), body: fc.jsonValue() })
  }
)

/** First lines of the actions of a bulk request, or of a search among several. */
const headLines = ['{"index":{"_id":"1"}}', '{"update":{"_id":"1"}}', '{"index":"i"}', '{}']

type Asked = {
  readonly route: (typeof allRoutes)[number]
  readonly body: unknown
  readonly index: string
  readonly method: number
  readonly id: string
  readonly head: string
}

/** Runs `work` with a function that asks a node of its own; throws where a request makes it fail. */
async function withServer(
  work: (ask: (request: Asked) => Promise<number>) => Promise<void>
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'leveret-any-'))
  const { node, handler } = await openRest(data)
  const mappings = {
    properties: {
      t: { type: 'text' },
      k: { type: 'keyword' },
      n: { type: 'long' },
      d: { type: 'date' },
      v: { type: 'dense_vector', dims: 2, similarity: 'l2_norm' },
      e,
      s
    }
  }
  /** An open index with a document in it: requests make, close and delete what they like. */
  const ready = async (): Promise<void> => {
    if (node.findIndex('new') !== null) await node.deleteIndex('new')
    if (node.findIndex('i')?.metadata.state === 'open' && node.get('i', '1') !== null) return
    if (node.findIndex('i') !== null) await node.deleteIndex('i')
    await handler.handle({ method: 'PUT', path: '/i', body: { mappings } })
    await handler.handle({ method: 'PUT', path: '/i/_doc/1', body: document })
  }
  const ask = async ({ route, body, index, method, id, head }: Asked): Promise<number> => {
    await ready()
    const path = route.path.replace('{index}', index).replaceAll(/\{\w+\}/g, encodeURIComponent(id))
    const text = JSON.stringify(body)
    const isLines = path.endsWith('_bulk') || path.endsWith('_msearch')
    const name = route.methods[method % route.methods.length] ?? 'GET'
    const answer = await handler.handle({
      method: name,
      path,
      body: isLines ? `${head}\n${text}\n` : text
    })
    // Items of a bulk and answers of several searches have a status of their own.
    const failed = answer.status >= 500 || /"status":5\d\d/.test(String(answer.body))
    if (failed) throw new Error(`${name} ${path} ${text}: ${String(answer.body)}`)
    return answer.status
  }
  try {
    await work(ask)
  } finally {
    await node.close()
    await rm(data, { recursive: true })
  }
}

test('handle: no body on any route makes the server fail', async (t) => {
  const request = fc.record({
    asked,
    index: fc.constantFrom('i', 'i', 'new'),
    method: fc.nat(),
    id: fc.constantFrom('1', 'x y', '_all', '*'),
    head: fc.constantFrom(...headLines)
  })
  let takenCount = 0
  await withServer((ask) =>
    fc.assert(
      fc.asyncProperty(request, async ({ asked: where, ...rest }) => {
        if ((await ask({ ...where, ...rest })) < 300) takenCount += 1
      }),
      { seed, numRuns: runs }
    )
  )
  t.true(takenCount > runs / 5, `${takenCount} of ${runs} requests were taken`)
})

test('handle: each part of a body may be null, or of any other type', async (t) => {
  const others = [null, -1, '', true, [], {}]
  let askedCount = 0
  await withServer(async (ask) => {
    for (const [end, body] of bodies) {
      // The same searches as one by one.
      if (end === '_msearch') continue
      for (const route of allRoutes) {
        const method = route.methods.findIndex((name) => name === 'PUT' || name === 'POST')
        if (method < 0 || !route.path.endsWith(end)) continue
        const rest = { route, method, index: end === '/{index}' ? 'new' : 'i', id: '1' }
        const head = headLines[body === document ? 0 : 1] ?? ''
        for (const path of places(body))
          for (const other of others) {
            await ask({ ...rest, body: replaced(body, path, other), head })
            askedCount += 1
          }
      }
    }
  })
  t.true(askedCount > 1_000, `${askedCount} requests`)
})
