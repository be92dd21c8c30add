/** Goal: a search nobody waits for ends early, and takes nothing with it. Method: a real index, a signal as a socket gives it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { openRest } from '../../../src/rest/index.ts'
import type { RestRequest } from '../../../src/rest/types.ts'

type Answer = {
  readonly error?: { readonly root_cause: readonly { readonly reason: string }[] }
  readonly hits?: { readonly hits: readonly unknown[] }
  readonly responses?: readonly Answer[]
  readonly _scroll_id?: string
}

const rootReason = (answer: Answer | undefined): string | undefined =>
  answer?.error?.root_cause[0]?.reason

const documentCount = 3_000
const given = { aborted: true, reason: 'the client closed its connection' }
const slow = {
  query: {
    script_score: { query: { match_all: {} }, script: { source: "doc['n'].value + 1" } }
  }
}

test('search: one that is given up is over, alone and in _msearch; a scroll goes on for others', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-cancel-'))
  const { handler, node } = await openRest(folder, { reserveFileBytes: 0 })
  const ask = async (request: Omit<RestRequest, 'method'>): Promise<Answer> => {
    const { body } = await handler.handle({ method: 'POST', ...request })
    return JSON.parse(String(body)) as Answer
  }
  try {
    const lines = Array.from(
      { length: documentCount },
      (_, n) => `{"index":{"_id":"${n}"}}\n{"n":${n}}\n`
    )
    const headers = { 'content-type': 'application/x-ndjson' }
    await ask({ path: '/notes/_bulk', headers, body: lines.join('') })

    t.is((await ask({ path: '/notes/_search', body: slow })).hits?.hits.length, 10)
    const alone = await ask({ path: '/notes/_search', body: slow, signal: given })
    t.is(rootReason(alone), 'the request was cancelled')

    const body = `{}\n${JSON.stringify(slow)}\n`
    const several = await ask({ path: '/notes/_msearch', headers, body, signal: given })
    t.is(rootReason(several.responses?.[0]), 'the request was cancelled')

    const first = await ask({ path: '/notes/_search?scroll=10h', body: slow, signal: given })
    t.is(first.hits?.hits.length, 10)
    const next = await ask({ path: '/_search/scroll', body: { scroll_id: first._scroll_id } })
    t.is(next.hits?.hits.length, 10)
  } finally {
    await node.close()
    await rm(folder, { recursive: true, force: true })
  }
})
