/**
 * The official Elasticsearch client against a Leveret that can be restarted: the same file for HTTP and for the
 * Connection in this process. Expectations come from brute force in float64 and from Elasticsearch's documented shapes.
 */
import type { Client } from '@elastic/elasticsearch'
import { errors } from '@elastic/elasticsearch'
import anyTest from 'ava'

/** A running Leveret and a client on it. */
export type Reached = {
  readonly client: Client
  /** Stops and opens the same folder again; earlier clients are dead. */
  restart(): Promise<void>
  stop(): Promise<void>
}

type Doc = {
  readonly n: number
  readonly tag: string
  readonly text: string
  readonly v: readonly number[]
}

const documentCount = 10_000
const dims = 16

/** Deterministic vectors: a small generator, not Math.random. */
function vectorOf(seed: number): number[] {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  return Array.from({ length: dims }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.fround(state / 2 ** 31 - 1)
  })
}

function documentOf(n: number): Doc {
  return { n, tag: `tag${n % 10}`, text: `document number ${n}`, v: vectorOf(n) }
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0)
}

/** Ids of the k nearest of those that are accepted, by brute force. */
function nearest(query: readonly number[], k: number, accepts: (n: number) => boolean): string[] {
  return Array.from({ length: documentCount }, (_, n) => n)
    .filter(accepts)
    .map((n) => ({ n, distance: squaredDistance(query, vectorOf(n)) }))
    .toSorted((a, b) => a.distance - b.distance || a.n - b.n)
    .slice(0, k)
    .map(({ n }) => String(n))
}

export function runOfficialClientSuite(name: string, reach: () => Promise<Reached>): void {
  const test = anyTest.serial
  let reached: Reached
  const client = (): Client => reached.client
  const knn = async (
    query: readonly number[],
    k: number,
    filter?: object
  ): Promise<{ ids: string[]; scores: number[] }> => {
    const section = {
      field: 'v',
      query_vector: [...query],
      k,
      num_candidates: 200,
      ...(filter === undefined ? {} : { filter })
    }
    const answer = await client().search({ index: 'books', knn: section, size: k, _source: false })
    return {
      ids: answer.hits.hits.map((hit) => hit._id ?? ''),
      scores: answer.hits.hits.map((hit) => hit._score ?? 0)
    }
  }

  anyTest.before(async () => {
    reached = await reach()
  })
  anyTest.after.always(async () => {
    await reached?.stop()
  })

  test(`${name}: info and ping answer as a product the client accepts`, async (t) => {
    const info = await client().info()
    t.is(info.tagline, 'You Know, for Search')
    t.true(await client().ping())
  })

  test(`${name}: an index is created, exists, and is refused a second time`, async (t) => {
    const mappings = {
      properties: {
        n: { type: 'integer' as const },
        tag: { type: 'keyword' as const },
        text: { type: 'text' as const },
        v: { type: 'dense_vector' as const, dims, similarity: 'l2_norm' as const }
      }
    }
    const created = await client().indices.create({ index: 'books', mappings })
    t.deepEqual(created, { acknowledged: true, shards_acknowledged: true, index: 'books' })
    t.true(await client().indices.exists({ index: 'books' }))
    t.false(await client().indices.exists({ index: 'others' }))
    const twice = await t.throwsAsync(() => client().indices.create({ index: 'books', mappings }), {
      instanceOf: errors.ResponseError
    })
    t.is(twice.statusCode, 400)
    t.regex(twice?.message ?? '', /resource_already_exists_exception/)
  })

  test(`${name}: the bulk helper loads 10,000 documents without a failure`, async (t) => {
    const result = await client().helpers.bulk<Doc>({
      datasource: Array.from({ length: documentCount }, (_, n) => documentOf(n)),
      onDocument: (doc) => ({ index: { _index: 'books', _id: String(doc.n) } }),
      refreshOnCompletion: 'books'
    })
    t.is(result.successful, documentCount)
    t.is(result.failed, 0)
    t.is((await client().count({ index: 'books' })).count, documentCount)
  })

  test(`${name}: knn gives the true neighbours with their scores`, async (t) => {
    for (const seed of [1_000_003, 1_000_007]) {
      const query = vectorOf(seed)
      const { ids, scores } = await knn(query, 10)
      t.deepEqual(
        ids,
        nearest(query, 10, () => true)
      )
      for (const [at, id] of ids.entries()) {
        const expected = 1 / (1 + squaredDistance(query, vectorOf(Number(id))))
        t.true(Math.abs((scores[at] ?? 0) - expected) < 1e-6 * expected, `score of ${id}`)
      }
    }
  })

  test(`${name}: a filter is kept and k hits come back`, async (t) => {
    const query = vectorOf(1_000_011)
    const filter = {
      bool: { filter: [{ term: { tag: 'tag3' } }, { range: { n: { lt: 5_000 } } }] }
    }
    t.deepEqual(
      (await knn(query, 20, filter)).ids,
      nearest(query, 20, (n) => n % 10 === 3 && n < 5_000)
    )
    t.is((await knn(query, 10, { term: { tag: 'absent' } })).ids.length, 0)
    t.is((await knn(query, 10, { range: { n: { gte: 17, lt: 20 } } })).ids.length, 3)
  })

  test(`${name}: text, sort and search_after page through everything once`, async (t) => {
    const found = await client().search<Doc>({ index: 'books', query: { match: { text: '4711' } } })
    t.deepEqual(
      found.hits.hits.map((hit) => hit._source),
      [documentOf(4_711)]
    )
    const seen: number[] = []
    let after: (string | number)[] | undefined
    for (;;) {
      const page = await client().search<Doc>({
        index: 'books',
        size: 1_500,
        sort: [{ tag: 'asc' }, { n: 'desc' }],
        _source: ['n'],
        ...(after === undefined ? {} : { search_after: after })
      })
      for (const hit of page.hits.hits) seen.push(hit._source?.n ?? -1)
      const last = page.hits.hits.at(-1)
      if (last === undefined) break
      after = last.sort as (string | number)[]
    }
    const expected = Array.from({ length: documentCount }, (_, n) => n).toSorted(
      (a, b) => (a % 10) - (b % 10) || b - a
    )
    t.deepEqual(seen, expected)
  })

  test(`${name}: scroll and point in time keep their moment while documents change`, async (t) => {
    const { id } = await client().openPointInTime({ index: 'books', keep_alive: '10h' })
    const scrolled = client().helpers.scrollDocuments<Doc>({
      index: 'books',
      size: 900,
      query: { range: { n: { lt: 2_000 } } }
    })
    const seen = new Set<number>()
    const first = await scrolled[Symbol.asyncIterator]().next()
    if (first.value !== undefined) seen.add(first.value.n)
    await client().index({
      index: 'books',
      id: 'late',
      document: { n: 1, tag: 'late', text: 'late', v: vectorOf(5) }
    })
    await client().delete({ index: 'books', id: '1999' })
    for await (const doc of scrolled) seen.add(doc.n)
    t.is(seen.size, 2_000)
    const pinned = await client().search({
      pit: { id, keep_alive: '10h' },
      query: { term: { tag: 'late' } },
      track_total_hits: true
    })
    t.deepEqual(pinned.hits.total, { value: 0, relation: 'eq' })
    t.deepEqual(await client().closePointInTime({ id }), { succeeded: true, num_freed: 1 })
    t.is((await client().count({ index: 'books', query: { term: { tag: 'late' } } })).count, 1)
    await client().index({ index: 'books', id: '1999', document: documentOf(1_999) })
    await client().delete({ index: 'books', id: 'late' })
  })

  test(`${name}: update merges, says noop, and loses a race on purpose`, async (t) => {
    const before = await client().get<Doc>({ index: 'books', id: '42' })
    const updated = await client().update({ index: 'books', id: '42', doc: { tag: 'changed' } })
    t.is(updated.result, 'updated')
    t.is(
      (await client().update({ index: 'books', id: '42', doc: { tag: 'changed' } })).result,
      'noop'
    )
    const after = await client().get<Doc>({ index: 'books', id: '42' })
    t.deepEqual(after._source, { ...documentOf(42), tag: 'changed' })
    const race = client().index({
      index: 'books',
      id: '42',
      document: documentOf(42),
      if_seq_no: before._seq_no ?? 0,
      if_primary_term: 1
    })
    const conflict = await t.throwsAsync(() => race, { instanceOf: errors.ResponseError })
    t.is(conflict.statusCode, 409)
    await client().index({ index: 'books', id: '42', document: documentOf(42) })
    t.is(
      (
        await client().update({
          index: 'books',
          id: 'new',
          doc: { n: -1 },
          upsert: { n: -2, tag: 'up', text: 'u', v: vectorOf(3) }
        })
      ).result,
      'created'
    )
    t.is((await client().delete({ index: 'books', id: 'new' })).result, 'deleted')
  })

  test(`${name}: deleted documents are gone from get, count and knn`, async (t) => {
    const query = vectorOf(77)
    t.is((await knn(query, 1)).ids[0], '77')
    await client().delete({ index: 'books', id: '77' })
    await t.throwsAsync(() => client().get({ index: 'books', id: '77' }), {
      message: /"found":false/
    })
    t.deepEqual(
      (await knn(query, 5)).ids,
      nearest(query, 5, (n) => n !== 77)
    )
    const swept = await client().deleteByQuery({ index: 'books', query: { term: { tag: 'tag9' } } })
    t.is(swept.deleted, 1_000)
    t.is((await client().count({ index: 'books' })).count, documentCount - 1_001)
  })

  test(`${name}: after a restart everything answers the same`, async (t) => {
    const query = vectorOf(1_000_019)
    const before = await knn(query, 25)
    t.deepEqual(
      before.ids,
      nearest(query, 25, (n) => n !== 77 && n % 10 !== 9)
    )
    await client().indices.forcemerge({ index: 'books', max_num_segments: 1 })
    await reached.restart()
    t.deepEqual(await knn(query, 25), before)
    t.is((await client().count({ index: 'books' })).count, documentCount - 1_001)
    t.deepEqual((await client().get<Doc>({ index: 'books', id: '43' }))._source, documentOf(43))
    const mapping = await client().indices.getMapping({ index: 'books' })
    t.like(mapping['books']?.mappings.properties?.['v'], {
      type: 'dense_vector',
      dims,
      similarity: 'l2_norm'
    })
  })

  test(`${name}: errors carry Elasticsearch's type and status`, async (t) => {
    const missing = await t.throwsAsync(
      () => client().search({ index: 'absent', query: { match_all: {} } }),
      { instanceOf: errors.ResponseError }
    )
    t.is(missing.statusCode, 404)
    t.regex(missing?.message ?? '', /index_not_found_exception/)
    const wrongDims = await t.throwsAsync(() => knn([1, 2, 3], 5), {
      instanceOf: errors.ResponseError
    })
    t.is(wrongDims.statusCode, 400)
    t.regex(
      JSON.stringify(wrongDims.body),
      /different number of dimensions \[3\] than the document vectors \[16\]/
    )
    const bulk = await client().bulk({
      operations: [
        { index: { _index: 'books', _id: 'bad' } },
        { v: [1, 2] },
        { index: { _index: 'books', _id: 'good' } },
        { n: 5 }
      ]
    })
    t.true(bulk.errors)
    t.deepEqual(
      bulk.items.map((item) => item.index?.status),
      [400, 201]
    )
    t.is((await client().indices.delete({ index: 'books' })).acknowledged, true)
  })
}
