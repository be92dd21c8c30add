/** Requests that must be refused, with what Elasticsearch says to each. */
export type BadInput = {
  readonly name: string
  readonly method?: string
  readonly path: string
  readonly body?: string | object
  readonly contentType?: string
  readonly status: number
  /** Type of the error, or of the bulk item's error. */
  readonly type?: string
  readonly reason: RegExp
}

const base64 = (values: readonly number[]): string => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) bytes.writeFloatBE(value, 4 * at)
  return bytes.toString('base64')
}
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
export const knn = (section: object): object => ({
  knn: { field: 'v', query_vector: [1, 0, 0], k: 3, num_candidates: 10, ...section }
})
const doc = (v: unknown): object => ({ v })

export const badInputs: readonly BadInput[] = [
  {
    name: 'document with too few dimensions',
    method: 'PUT',
    path: '/i/_doc/x',
    body: doc([1, 2]),
    status: 400,
    type: 'document_parsing_exception',
    reason:
      /The \[dense_vector\] field \[v\] in doc \[document with id 'x'\] has a different number of dimensions \[2\] than defined in the mapping \[3\]/
  },
  {
    name: 'document with too many dimensions',
    method: 'PUT',
    path: '/i/_doc/x',
    body: doc([1, 2, 3, 4]),
    status: 400,
    type: 'document_parsing_exception',
    reason: /has more dimensions than defined in the mapping \[3\]/
  },
  {
    name: 'document with a string in a vector',
    method: 'PUT',
    path: '/i/_doc/x',
    body: doc([1, 'two', 3]),
    status: 400,
    type: 'document_parsing_exception',
    reason: /failed to parse/
  },
  {
    name: 'document with NaN, which is no JSON',
    method: 'PUT',
    path: '/i/_doc/x',
    body: '{"v":[1,NaN,3]}',
    status: 400,
    reason: /./
  },
  {
    name: 'document with an infinite number',
    method: 'PUT',
    path: '/i/_doc/x',
    body: '{"v":[1,1e999,3]}',
    status: 400,
    type: 'document_parsing_exception',
    reason: /do not support infinite values but found \[Infinity\] at dim \[1\]/
  },
  {
    name: 'document with NaN bits in base64',
    method: 'PUT',
    path: '/i/_doc/x',
    body: doc(base64([1, Number.NaN, 3])),
    status: 400,
    type: 'document_parsing_exception',
    reason: /do not support NaN values but found \[NaN\] at dim \[1\]/
  },
  {
    name: 'zero vector with cosine',
    method: 'PUT',
    path: '/i/_doc/x',
    body: doc([0, 0, 0]),
    status: 400,
    type: 'document_parsing_exception',
    reason:
      /The \[cosine\] similarity does not support vectors with zero magnitude\. Preview of invalid vector: \[0\.0, 0\.0, 0\.0\]/
  },
  {
    name: 'number field with words',
    method: 'PUT',
    path: '/i/_doc/x',
    body: { n: 'many' },
    status: 400,
    type: 'document_parsing_exception',
    reason:
      /failed to parse field \[n\] of type \[long\] in document with id 'x'\. Preview of field's value: 'many'/
  },
  {
    name: 'document that is no JSON',
    method: 'PUT',
    path: '/i/_doc/x',
    body: '{"v":[1,2,',
    status: 400,
    reason: /./
  },
  {
    name: 'document with a key twice',
    method: 'PUT',
    path: '/i/_doc/x',
    body: '{"n":1,"n":2}',
    status: 400,
    reason: /[Dd]uplicate/
  },
  {
    name: 'document 10,000 deep',
    method: 'PUT',
    path: '/i/_doc/x',
    body: nested(10_000),
    status: 400,
    reason: /dep/
  },
  {
    name: 'document that is an array',
    method: 'PUT',
    path: '/i/_doc/x',
    body: '[1,2,3]',
    status: 400,
    reason: /./
  },
  {
    name: 'document without a body',
    method: 'PUT',
    path: '/i/_doc/x',
    status: 400,
    reason: /request body is required/
  },
  {
    name: 'id of 513 bytes',
    method: 'PUT',
    path: `/i/_doc/${'x'.repeat(513)}`,
    body: { n: 1 },
    status: 400,
    type: 'illegal_argument_exception',
    reason: /id is too long, must be no longer than 512 bytes but was: 513/
  },
  {
    name: 'search body 10,000 deep',
    path: '/i/_search',
    body: nested(10_000),
    status: 400,
    reason: /dep/
  },
  {
    name: 'search body that is no JSON',
    path: '/i/_search',
    body: '{"query":',
    status: 400,
    reason: /./
  },
  {
    name: 'unknown key in a search',
    path: '/i/_search',
    body: { foo: {} },
    status: 400,
    type: 'parsing_exception',
    reason: /Unknown key for a START_OBJECT in \[foo\]\./
  },
  {
    name: 'unknown query',
    path: '/i/_search',
    body: { query: { foo: {} } },
    status: 400,
    type: 'parsing_exception',
    reason: /unknown query \[foo\]/
  },
  {
    name: 'query vector with the wrong dimensions',
    path: '/i/_search',
    body: knn({ query_vector: [1, 0] }),
    status: 400,
    type: 'search_phase_execution_exception',
    reason:
      /The query vector has a different number of dimensions \[2\] than the document vectors \[3\]\./
  },
  {
    name: 'zero query vector with cosine',
    path: '/i/_search',
    body: knn({ query_vector: [0, 0, 0] }),
    status: 400,
    type: 'search_phase_execution_exception',
    reason: /does not support vectors with zero magnitude/
  },
  {
    name: 'k above num_candidates',
    path: '/i/_search',
    body: knn({ k: 11, num_candidates: 10 }),
    status: 400,
    type: 'illegal_argument_exception',
    reason: /\[num_candidates\] cannot be less than \[k\]/
  },
  {
    name: 'k of 0',
    path: '/i/_search',
    body: knn({ k: 0 }),
    status: 400,
    type: 'illegal_argument_exception',
    reason: /\[k\] must be greater than 0/
  },
  {
    name: 'num_candidates of 10,001',
    path: '/i/_search',
    body: knn({ num_candidates: 10_001 }),
    status: 400,
    type: 'illegal_argument_exception',
    reason: /\[num_candidates\] cannot exceed \[10000\]/
  },
  {
    name: 'knn without a vector',
    path: '/i/_search',
    body: { knn: { field: 'v', k: 1, num_candidates: 2 } },
    status: 400,
    reason: /query_vector/
  },
  {
    name: 'knn with an unknown field of the section',
    path: '/i/_search',
    body: knn({ foo: 1 }),
    status: 400,
    type: 'x_content_parse_exception',
    reason: /\[knn\] unknown field \[foo\]/
  },
  {
    name: 'knn on a text field',
    path: '/i/_search',
    body: knn({ field: 't' }),
    status: 400,
    type: 'search_phase_execution_exception',
    reason: /\[knn\] queries are only supported on \[dense_vector\] fields/
  },
  {
    name: 'negative size',
    path: '/i/_search',
    body: { size: -1 },
    status: 400,
    type: 'illegal_argument_exception',
    reason: /\[size\] parameter cannot be negative, found \[-1\]/
  },
  {
    name: 'window beyond 10,000',
    path: '/i/_search',
    body: { from: 9_995, size: 10 },
    status: 400,
    reason:
      /Result window is too large, from \+ size must be less than or equal to: \[10000\] but was \[10005\]/
  },
  {
    name: 'sort on a text field',
    path: '/i/_search',
    body: { sort: ['t'] },
    status: 400,
    reason: /Fielddata is disabled on \[t\] in \[i\]/
  },
  {
    name: 'sort on an unknown field',
    path: '/i/_search',
    body: { sort: ['nowhere'] },
    status: 400,
    reason: /No mapping found for \[nowhere\] in order to sort on/
  },
  {
    name: 'bulk without a last newline',
    path: '/i/_bulk',
    contentType: 'application/x-ndjson',
    body: '{"index":{}}\n{"n":1}',
    status: 400,
    type: 'illegal_argument_exception',
    reason: /The bulk request must be terminated by a newline \[\\+n\]/
  },
  {
    name: 'bulk with an unknown action',
    path: '/i/_bulk',
    contentType: 'application/x-ndjson',
    body: '{"foo":{}}\n{"n":1}\n',
    status: 400,
    type: 'illegal_argument_exception',
    reason:
      /Malformed action\/metadata line \[1\], expected field \[create\], \[delete\], \[index\] or \[update\] but found \[foo\]/
  },
  {
    name: 'bulk without an index',
    path: '/_bulk',
    contentType: 'application/x-ndjson',
    body: '{"index":{}}\n{"n":1}\n',
    status: 400,
    type: 'action_request_validation_exception',
    reason: /Validation Failed: 1: index is missing;/
  },
  {
    name: 'bulk with a broken document in the middle',
    path: '/i/_bulk',
    contentType: 'application/x-ndjson',
    body: '{"index":{"_id":"1"}}\n{"v":[1,0,0],"n":1}\n{"index":{"_id":"bad"}}\n{"v":[1\n',
    status: 200,
    reason: /"errors":true/
  },
  {
    name: 'unknown parameter',
    path: '/i/_search?foo=1',
    body: {},
    status: 400,
    type: 'illegal_argument_exception',
    reason: /request \[\/i\/_search\] contains unrecognized parameter: \[foo\]/
  },
  {
    name: 'unknown path',
    method: 'GET',
    path: '/i/_nothing/here',
    status: 400,
    reason: /no handler found for uri \[\/i\/_nothing\/here\] and method \[GET\]/
  },
  {
    name: 'content type that is not served',
    path: '/i/_search',
    contentType: 'text/html',
    body: '{}',
    status: 406,
    reason: /Content-Type header \[text\/html\] is not supported/
  },
  {
    name: 'index name in upper case',
    method: 'PUT',
    path: '/Notes',
    body: {},
    status: 400,
    type: 'invalid_index_name_exception',
    reason: /Invalid index name \[Notes\], must be lowercase/
  },
  {
    name: 'index name that climbs',
    method: 'PUT',
    path: '/%2e%2e%2fetc',
    body: {},
    status: 400,
    type: 'invalid_index_name_exception',
    reason: /Invalid index name \[\.\.\/etc\]/
  },
  {
    name: 'mapping of an unknown type',
    method: 'PUT',
    path: '/j',
    body: { mappings: { properties: { f: { type: 'foo' } } } },
    status: 400,
    type: 'mapper_parsing_exception',
    reason: /The mapper type \[foo\] declared on field \[f\] does not exist/
  },
  {
    name: 'mapping with 5,000 dimensions',
    method: 'PUT',
    path: '/j',
    body: { mappings: { properties: { f: { type: 'dense_vector', dims: 5_000 } } } },
    status: 400,
    type: 'mapper_parsing_exception',
    reason: /The number of dimensions should be in the range \[1, 4096\] but was \[5000\]/
  },
  {
    name: 'index that is not there',
    method: 'GET',
    path: '/absent/_doc/1',
    status: 404,
    type: 'index_not_found_exception',
    reason: /no such index \[absent\]/
  }
]
