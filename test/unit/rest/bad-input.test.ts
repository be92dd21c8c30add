/**
 * Goal     bad input gets Elasticsearch's error and loses nothing.
 * Method   a table of requests with the status, type and text that the specification gives; after each of them the index answers
 *          as before. The texts are those of the Elasticsearch API, not those this code happened to print.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import anyTest from 'ava'
import type { OpenedRest } from '../../../src/rest/index.ts'
import { openRest } from '../../../src/rest/index.ts'
import type { BadInput } from '../../support/bad-inputs.ts'
import { badInputs, knn } from '../../support/bad-inputs.ts'

const test = anyTest.serial

let opened: OpenedRest
let folder = ''

async function ask(
  one: Pick<BadInput, 'method' | 'path' | 'body' | 'contentType'>
): Promise<{ status: number; text: string }> {
  const body =
    one.body === undefined
      ? null
      : typeof one.body === 'string'
        ? one.body
        : JSON.stringify(one.body)
  const { status, body: answer } = await opened.handler.handle({
    method: one.method ?? 'POST',
    path: one.path,
    headers: body === null ? {} : { 'content-type': one.contentType ?? 'application/json' },
    body: body === null ? null : Buffer.from(body)
  })
  return { status, text: answer === null ? '' : String(answer) }
}

/** What the index answers when it is well. */
async function answers(): Promise<unknown> {
  const search = await ask({ path: '/i/_search', body: knn({}) })
  const { hits } = JSON.parse(search.text) as { readonly hits: unknown }
  return {
    count: (await ask({ path: '/i/_count' })).text,
    hits,
    mapping: (await ask({ method: 'GET', path: '/i/_mapping' })).text
  }
}

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'leveret-bad-'))
  opened = await openRest(folder, { reserveFileBytes: 0 })
  const properties = {
    v: { type: 'dense_vector', dims: 3, similarity: 'cosine' },
    n: { type: 'long' },
    t: { type: 'text' }
  }
  await ask({ method: 'PUT', path: '/i', body: { mappings: { properties } } })
  for (let at = 1; at <= 5; at++)
    await ask({ method: 'PUT', path: `/i/_doc/${at}`, body: { n: at, t: 'words', v: [1, at, 0] } })
  await ask({ method: 'PUT', path: '/i/_doc/1', body: { v: [1, 0, 0], n: 1 } })
})

test.after.always(async () => {
  await opened.node.close()
  await rm(folder, { recursive: true, force: true })
})

for (const one of badInputs)
  test(`bad input: ${one.name}`, async (t) => {
    const before = await answers()
    const { status, text } = await ask(one)
    t.is(status, one.status, text)
    t.regex(text, one.reason)
    if (one.type !== undefined)
      t.is((JSON.parse(text) as { readonly error: { readonly type: string } }).error.type, one.type)
    t.false(/\.ts:\d+/.test(text), 'no stack in an answer')
    t.deepEqual(await answers(), before)
  })

test('bad input: keys named like parts of every object are ordinary keys of a document and reach no prototype', async (t) => {
  const source =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"toString":"x","n":7}'
  const put = await ask({ method: 'PUT', path: '/pollute/_doc/1', body: source })
  t.true(put.status === 201 || put.status === 400, put.text)
  t.is(({} as Record<string, unknown>)['polluted'], undefined)
  if (put.status === 201) {
    const got = await ask({ method: 'GET', path: '/pollute/_source/1' })
    t.is(got.text, source)
  }
  const search = await ask({ path: '/i/_search', body: '{"query":{"term":{"__proto__":"x"}}}' })
  t.is(search.status, 200, search.text)
  await ask({ path: '/i/_search', body: '{"__proto__":{"polluted":3}}' })
  t.is(({} as Record<string, unknown>)['polluted'], undefined)
})

test('bad input: a bulk loses only the items that are wrong', async (t) => {
  const lines = [
    '{"index":{"_id":"a"}}',
    '{"n":1}',
    '{"index":{"_id":"b"}}',
    '{"n":"x"}',
    '{"create":{"_id":"a"}}',
    '{"n":2}',
    '{"delete":{"_id":"zz"}}',
    '{"index":{"_id":"c"}}',
    '{"n":3}'
  ]
  const { text } = await ask({
    path: '/many/_bulk',
    contentType: 'application/x-ndjson',
    body: `${lines.join('\n')}\n`
  })
  const { items, errors } = JSON.parse(text) as {
    readonly errors: boolean
    readonly items: readonly Record<string, { readonly status: number }>[]
  }
  t.true(errors)
  t.deepEqual(
    items.map((item) => Object.values(item)[0]?.status),
    [201, 400, 409, 404, 201]
  )
  t.regex((await ask({ path: '/many/_count' })).text, /"count":2/)
})
