import test from 'ava'
import { elasticsearchErrors } from '../../../src/dialect/error-table.ts'
import { printError, SearchFailure } from '../../../src/dialect/print-error.ts'
import { PlainFailure, validationFailure, WireFailure } from '../../../src/dialect/wire-failure.ts'
import { AssertionFailure, kindByCode, VectorStoreError } from '../../../src/util/index.ts'

const noId = (): string => 'unused'

test('elasticsearchErrors: the status fits what the caller can do about it', (t) => {
  for (const [code, kind] of Object.entries(kindByCode)) {
    const { status } = elasticsearchErrors[code as keyof typeof kindByCode]
    if (kind === 'absent') t.is(status, 404, code)
    if (kind === 'conflict') t.is(status, 409, code)
    if (kind === 'busy') t.true(status === 429 || status === 503, code)
    t.true(status >= 400 && status < 600, code)
  }
})

test('printError: an error has itself as root cause, and only facts that Elasticsearch has', (t) => {
  const error = new VectorStoreError('INDEX_ABSENT', 'no such index [x]', {
    details: { index: 'x', index_uuid: '_na_', secret: 'no' }
  })
  const fact = {
    type: 'index_not_found_exception',
    reason: 'no such index [x]',
    index: 'x',
    index_uuid: '_na_'
  }
  t.deepEqual(printError(error, noId), {
    status: 404,
    headers: {},
    body: { error: { root_cause: [fact], ...fact }, status: 404 }
  })
})

test('printError: the root is the innermost cause that is not a plain Java exception', (t) => {
  const plain = new VectorStoreError('REQUEST_ARGUMENT', 'inner')
  const parse = new VectorStoreError('REQUEST_PARSE', 'middle', { cause: plain })
  const fault = new VectorStoreError('REQUEST_FIELD', 'outer', { cause: parse })
  const { body } = printError(fault, noId)
  t.deepEqual(body['error'], {
    root_cause: [{ type: 'parsing_exception', reason: 'middle' }],
    type: 'x_content_parse_exception',
    reason: 'outer',
    caused_by: {
      type: 'parsing_exception',
      reason: 'middle',
      caused_by: { type: 'illegal_argument_exception', reason: 'inner' }
    }
  })
})

test('printError: a parse fault over a plain cause stays the root', (t) => {
  const plain = new VectorStoreError('REQUEST_ARGUMENT', 'inner')
  const fault = new VectorStoreError('REQUEST_FIELD', 'outer', { cause: plain })
  t.like(printError(fault, noId).body, {
    error: { root_cause: [{ type: 'x_content_parse_exception', reason: 'outer' }] }
  })
})

test('printError: a failed assertion shows an id and nothing else', (t) => {
  const seen: unknown[] = []
  const failure = new AssertionFailure('ord < graph size')
  const printed = printError(failure, (error) => {
    seen.push(error)
    return 'id-1'
  })
  t.is(printed.status, 500)
  t.deepEqual(seen, [failure])
  const text = JSON.stringify(printed.body)
  t.true(text.includes('id-1'))
  t.false(text.includes('graph size'))
})

test('printError: some failures are one string', (t) => {
  const missing = new PlainFailure('ALIAS_ABSENT', 404, 'alias [a] missing')
  t.deepEqual(printError(missing, noId).body, { error: 'alias [a] missing', status: 404 })
  const route = new PlainFailure('REQUEST_ROUTE', 400, 'no handler', { printsStatus: false })
  t.deepEqual(printError(route, noId).body, { error: 'no handler' })
})

test('printError: a wire failure has its own type and status', (t) => {
  const wire = { status: 418, type: 'teapot_exception' }
  const printed = printError(new WireFailure('REQUEST_ARGUMENT', wire, 'short'), noId)
  t.is(printed.status, 418)
  t.like(printed.body, { error: { type: 'teapot_exception' } })
})

test('validationFailure: every fault has its number', (t) => {
  t.is(validationFailure(['a', 'b']).message, 'Validation Failed: 1: a;2: b;')
})

test('SearchFailure: a plain cause is repeated, a query_shard_exception is not', (t) => {
  const shard = (error: VectorStoreError): Record<string, unknown> =>
    new SearchFailure({ index: 'i', error }, 'dfs', 'n').print()
  const qse = shard(new VectorStoreError('QUERY_SHARD', 'no', { details: { index: 'i' } }))
  t.deepEqual(qse, {
    root_cause: [{ type: 'query_shard_exception', reason: 'no', index: 'i' }],
    type: 'search_phase_execution_exception',
    reason: 'all shards failed',
    phase: 'dfs',
    grouped: true,
    failed_shards: [
      {
        shard: 0,
        index: 'i',
        node: 'n',
        reason: { type: 'query_shard_exception', reason: 'no', index: 'i' }
      }
    ]
  })
  const plain = { type: 'illegal_argument_exception', reason: 'x' }
  t.deepEqual(shard(new VectorStoreError('REQUEST_ARGUMENT', 'x'))['caused_by'], {
    ...plain,
    caused_by: plain
  })
})

test('printError: a script shows its stack, its text and where it stopped', (t) => {
  const error = new VectorStoreError('SCRIPT_COMPILE', 'compile error', {
    details: {
      script: '1 +',
      lang: 'painless',
      offset: 3,
      start: 0,
      end: 3,
      scriptStack: '1 +\n   ^---- HERE',
      causeType: 'illegal_argument_exception',
      causeReason: 'unexpected end of script.'
    }
  })
  t.like(printError(error, noId).body, {
    error: {
      type: 'script_exception',
      reason: 'compile error',
      script_stack: ['1 +', '   ^---- HERE'],
      script: '1 +',
      lang: 'painless',
      position: { offset: 3, start: 0, end: 3 },
      caused_by: { type: 'illegal_argument_exception', reason: 'unexpected end of script.' }
    }
  })
})
