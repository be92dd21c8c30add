/**
 * Kinds of requests that can keep an event loop for long, over one generated index: whoever answers them all without a long turn
 * may call itself free. Some change the index, and leave it as it was. Requests of one kind that are asked at the same time change
 * documents of their own or write the same, so that what they answer does not depend on who was first.
 */

const turnDims = 256
/** Those of the field that has a graph. */
const graphDims = 32

/** As a handler takes it. */
export type TurnRequest = {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes as a socket has them, or parsed. */
  readonly body: Uint8Array | object
}

/** What a kind asks, over so many documents; each call gives another request. Several are sent one after the other. */
export type TurnKind = (asked: TurnAsked) => readonly TurnRequest[]
type TurnAsked = {
  readonly count: number
  /** How many of this kind were asked before. */
  readonly at: number
  /** 0 to below 1. */
  readonly uniform: () => number
}

const json = { 'content-type': 'application/json' }
const ndjson = { 'content-type': 'application/x-ndjson' }

export const turnMappings: object = {
  properties: {
    v: { type: 'vector', dims: turnDims, space: 'cosine', index: 'flat' },
    g: { type: 'vector', dims: graphDims, space: 'cosine', index: 'hnsw' },
    n: { type: 'integer' },
    k: { type: 'keyword' },
    t: { type: 'text' },
    o: { type: 'object', enabled: false }
  }
}

const numbers = (dims: number, uniform: () => number): number[] =>
  Array.from({ length: dims }, () => Number((uniform() - 0.5).toFixed(3)))

/** Lines of a bulk request with the documents from .. from + count - 1. */
export function turnDocuments(from: number, count: number, uniform: () => number): TurnRequest {
  let body = ''
  for (let at = from; at < from + count; at++) {
    const doc = {
      v: numbers(turnDims, uniform),
      g: numbers(graphDims, uniform),
      n: at % 1000,
      k: `key${at}`,
      t: `word${at % 7} word${at % 1013}`
    }
    body += `{"index":{"_id":"${at}"}}\n${JSON.stringify(doc)}\n`
  }
  return { method: 'POST', path: '/turns/_bulk', headers: ndjson, body: Buffer.from(body) }
}

const search = (body: object, query = ''): readonly TurnRequest[] => [
  { method: 'POST', path: `/turns/_search${query}`, body }
]

/** A body of megabytes comes as bytes: to read it is a part of the work. */
const asBytes = (body: object): Uint8Array => Buffer.from(JSON.stringify(body))
const longSearch = (query: object): readonly TurnRequest[] => [
  {
    method: 'POST',
    path: '/turns/_search',
    headers: json,
    body: asBytes({ query, _source: false })
  }
]
const wordsOf = (count: number, uniform: () => number): string =>
  Array.from({ length: count }, () => `word${below(1013, uniform)}`).join(' ')

/** Writes a document in place of one that is there, asks for something of it, and writes that one again. */
function largeDocument(
  document: object,
  { at: id, uniform }: TurnAsked,
  asked: (path: string) => readonly TurnRequest[] = () => []
): readonly TurnRequest[] {
  const path = `/turns/_doc/${id}`
  const put = { method: 'PUT', path, headers: json, body: asBytes(document) }
  return [put, ...asked(path), turnDocuments(id, 1, uniform)]
}
/** A megabyte that is not indexed. */
const ofObjects = (uniform: () => number): object => ({
  o: Array.from({ length: 20_000 }, (_, at) => ({
    at,
    name: `name ${at}`,
    tags: ['a', { b: uniform() }]
  }))
})

const all = { match_all: {} }
const page = { size: 10_000, _source: false }
const below = (end: number, uniform: () => number): number => Math.floor(end * uniform())

const knnOf = (uniform: () => number): object => ({
  field: 'g',
  query_vector: numbers(graphDims, uniform),
  k: 10,
  num_candidates: 100
})
const scanOf = (uniform: () => number): object => ({
  field: 'v',
  query_vector: numbers(turnDims, uniform),
  k: 10,
  num_candidates: 10
})
/** Another set of documents each time: nobody has it in a cache. */
const filterOf = (uniform: () => number): object => ({
  bool: {
    must: [{ range: { n: { gte: below(300, uniform), lt: 600 + below(400, uniform) } } }],
    must_not: [{ term: { n: below(1000, uniform) } }]
  }
})

export const turnKinds: Readonly<Record<string, TurnKind>> = {
  neighbours: ({ uniform }) => search({ knn: knnOf(uniform), _source: false }),
  'neighbours with a filter': ({ uniform }) =>
    search({ knn: { ...knnOf(uniform), filter: filterOf(uniform) }, _source: false }),
  'a scan': ({ uniform }) => search({ knn: scanOf(uniform), _source: false }),
  'a scan with a filter': ({ uniform }) =>
    search({ knn: { ...scanOf(uniform), filter: filterOf(uniform) }, _source: false }),
  'a script over all': ({ uniform }) => {
    const source = 'cosineSimilarity(params.q, "v") + 1.0'
    const script = { source, params: { q: numbers(turnDims, uniform) } }
    return search({ query: { script_score: { query: all, script } }, _source: false })
  },
  'a page of hits': () => search({ query: all, ...page }),
  'a page by a number': () => search({ query: all, sort: [{ n: 'desc' }], ...page }),
  'a page by a keyword': () => search({ query: all, sort: [{ k: 'asc' }], ...page }),
  'a page of sources': () => search({ query: all, size: 1000 }),
  'a page of fields': () => search({ query: all, ...page, docvalue_fields: ['n', 'k'] }),
  'a page of names': () =>
    search({ query: { term: { t: { value: 'word1', _name: 'named' } } }, ...page }),
  'a page that is indented': () => search({ query: all, ...page }, '?pretty=true'),
  'a page of ids': () => search({ query: all, ...page }, '?filter_path=hits.hits._id'),
  'a page without indices': () => search({ query: all, ...page }, '?filter_path=-hits.hits._index'),
  'sources without vectors': () =>
    search({ query: all, size: 1000 }, '?filter_path=-hits.hits._source.v'),
  'sources with few fields': () => search({ query: all, size: 1000, _source: ['n', 'k'] }),
  'a rescored page': ({ uniform }) => {
    const factor = { field_value_factor: { field: 'n', factor: 1 + uniform() } }
    const query = { rescore_query: { function_score: { query: all, ...factor } } }
    return search({ query: all, ...page, rescore: { window_size: 10_000, query } })
  },
  'random scores': ({ uniform }) => {
    const random = { random_score: { seed: below(1000, uniform), field: 'n' } }
    return search({ query: { function_score: { query: all, ...random } }, ...page })
  },
  words: ({ uniform }) =>
    search({ query: { match: { t: `word1 word2 word${below(1013, uniform)}` } }, ...page }),
  'a prefix of all keys': () => search({ query: { prefix: { k: 'key' } }, _source: false }),
  'a wildcard over all keys': ({ uniform }) =>
    search({ query: { wildcard: { k: `*${below(10, uniform)}*` } }, _source: false }),
  'a range of keys': () =>
    search({ query: { range: { k: { gte: 'key1', lt: 'key9' } } }, _source: false }),
  'thousands of keys': ({ count, uniform }) => {
    const keys = Array.from({ length: 5000 }, () => `key${below(count, uniform)}`)
    return search({ query: { terms: { k: keys } }, _source: false })
  },
  'a count': ({ uniform }) => [
    { method: 'POST', path: '/turns/_count', body: { query: filterOf(uniform) } }
  ],
  'rank fusion': ({ uniform }) => {
    const retrievers = [{ standard: { query: filterOf(uniform) } }, { knn: scanOf(uniform) }]
    return search({ retriever: { rrf: { retrievers, rank_window_size: 1000 } }, size: 1000 })
  },
  'a scroll': () => search({ query: all, sort: [{ n: 'asc' }], ...page }, '?scroll=1s'),
  'a hundred searches': ({ uniform }) => {
    const one = (): string => `{}\n${JSON.stringify({ knn: knnOf(uniform), _source: false })}\n`
    const body = Buffer.from(Array.from({ length: 100 }, one).join(''))
    return [{ method: 'POST', path: '/turns/_msearch', headers: ndjson, body }]
  },
  'a thousand documents by id': ({ count, uniform }) => {
    const ids = Array.from({ length: 1000 }, () => `${below(count, uniform)}`)
    return [{ method: 'POST', path: '/turns/_mget', body: { ids } }]
  },
  'tens of thousands of terms': ({ count, uniform }) =>
    longSearch({
      terms: { k: Array.from({ length: 65_000 }, () => `key${below(4 * count, uniform)}`) }
    }),
  'tens of thousands of ids': ({ count, uniform }) =>
    longSearch({
      ids: { values: Array.from({ length: 65_000 }, () => `${below(4 * count, uniform)}`) }
    }),
  'a search of two megabytes': ({ uniform }) => {
    const query = { term: { n: below(1000, uniform) } }
    const params = { q: Array.from({ length: 100_000 }, uniform) }
    return longSearch({ script_score: { query, script: { source: '1.0', params } } })
  },
  'a large document': (asked) => largeDocument(ofObjects(asked.uniform), asked),
  'a large document that is changed': (asked) =>
    largeDocument(ofObjects(asked.uniform), asked, (path) => {
      const request = { method: 'POST', path: path.replace('_doc', '_update'), headers: json }
      return [{ n: 1 }, ofObjects(asked.uniform)].map((doc) => ({
        ...request,
        body: asBytes({ doc })
      }))
    }),
  'parts of a large document': (asked) =>
    largeDocument(ofObjects(asked.uniform), asked, (path) => [
      ...['_source_includes=o.tags.b', '_source_excludes=o.name', 'pretty=true'].map((query) => ({
        method: 'GET',
        path: `${path}?${query}`,
        body: Buffer.alloc(0)
      })),
      ...['', '?filter_path=hits.hits._source.o.at', '?filter_path=-**.name'].flatMap((query) =>
        search({ query: { ids: { values: [path.split('/').at(-1)] } }, fields: ['n'] }, query)
      )
    ]),
  'a document of many keys and numbers': (asked) =>
    largeDocument(
      {
        k: Array.from({ length: 20_000 }, () => `key${below(1e6, asked.uniform)}`),
        n: Array.from({ length: 20_000 }, () => below(1e6, asked.uniform))
      },
      asked
    ),
  'a document of many words': (asked) =>
    largeDocument({ t: wordsOf(100_000, asked.uniform) }, asked),
  'large documents': ({ uniform }) => {
    const count = 20
    const line = (at: number): string =>
      `{"index":{"_id":"${at}"}}\n${JSON.stringify({ t: wordsOf(10_000, uniform) })}\n`
    const body = Buffer.from(Array.from({ length: count }, (_, at) => line(at)).join(''))
    return [
      { method: 'POST', path: '/turns/_bulk', headers: ndjson, body },
      turnDocuments(0, count, uniform)
    ]
  },
  'documents again': ({ uniform }) => [turnDocuments(0, 300, uniform)],
  'documents by a query': ({ count, at, uniform }) => {
    const from = count - 300 * (at + 1)
    const keys = Array.from({ length: 300 }, (_, of) => `key${from + of}`)
    return [
      {
        method: 'POST',
        path: '/turns/_delete_by_query',
        body: { query: { terms: { k: keys } } }
      },
      turnDocuments(from, 300, uniform)
    ]
  }
}
