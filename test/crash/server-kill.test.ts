/**
 * Goal     what a server acknowledged is there after kill -9, whatever it was doing; of a request it had not answered, at
 *          most a prefix is.
 * Method   one folder, many lives: each life loads bulk requests with small flushes and merges under way and is killed at a
 *          random moment; the next one must have every acknowledged document, and `verify` finds nothing at the end.
 *          The number of kills is small here; scripts/kill.ts does thousands.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
import test from 'ava'
import { verify } from '../../src/tool/verify.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { startServer } from '../support/server-process.ts'

const killCount = 30
const docsPerBulk = 40
const flags = ['--flush-docs', '150', '--threads', '0']

/** Deterministic numbers from the printed seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** What the parent knows: newest acknowledged value of each id, and values that may be there too. */
type Model = { readonly acked: Map<string, number>; readonly maybe: Map<string, Set<number>> }

async function load(
  client: Client,
  model: Model,
  random: () => number,
  counter: { value: number },
  onAnswer: () => void
): Promise<void> {
  for (;;) {
    const docs = Array.from({ length: docsPerBulk }, () => ({
      id: String(Math.floor(random() * 3_000)),
      value: counter.value++
    }))
    for (const { id, value } of docs) {
      const values = model.maybe.get(id) ?? new Set()
      model.maybe.set(id, values.add(value))
    }
    const operations = docs.flatMap(({ id, value }) => [
      { index: { _index: 'k', _id: id } },
      { value, v: [value % 7, value % 11, 1] }
    ])
    const answer = await client.bulk({ operations })
    for (const [at, { id, value }] of docs.entries())
      if (answer.items[at]?.index?.status === 200 || answer.items[at]?.index?.status === 201) {
        model.acked.set(id, value)
        model.maybe.set(id, new Set())
      }
    onAnswer()
  }
}

function createIndex(client: Client): Promise<unknown> {
  const v = { type: 'dense_vector' as const, dims: 3, similarity: 'l2_norm' as const }
  return client.indices.create({
    index: 'k',
    mappings: { properties: { value: { type: 'integer' }, v } }
  })
}

/** Every id holds its newest acknowledged value, or a later one that was sent and not answered. */
async function check(client: Client, model: Model): Promise<string[]> {
  const ids = [...model.acked.keys()]
  const faults: string[] = []
  if (ids.length === 0) return faults
  const { docs } = await client.mget<{ value: number }>({ index: 'k', ids })
  for (const [at, doc] of docs.entries()) {
    const id = ids[at] ?? ''
    const value = 'found' in doc && doc.found ? doc._source?.value : undefined
    if (value === model.acked.get(id)) continue
    if (value !== undefined && model.maybe.get(id)?.has(value) === true) {
      model.acked.set(id, value)
      continue
    }
    faults.push(`id ${id}: acknowledged ${model.acked.get(id)}, found ${value}`)
  }
  const counted = (await client.count({ index: 'k' })).count
  const unknown = [...model.maybe].filter(
    ([id, values]) => !model.acked.has(id) && values.size > 0
  ).length
  if (counted < ids.length || counted > ids.length + unknown)
    faults.push(`count is ${counted}, acknowledged ${ids.length}, unanswered ${unknown}`)
  const found = await client.search({
    index: 'k',
    knn: { field: 'v', query_vector: [1, 1, 1], k: 10, num_candidates: 50 }
  })
  if (found.hits.hits.length < Math.min(10, counted))
    faults.push(`knn gives ${found.hits.hits.length} of ${counted} documents`)
  return faults
}

test.serial(
  'server: nothing acknowledged is lost over kills during bulk, flush and merge',
  async (t) => {
    t.timeout(600_000)
    const seed = Number(process.env['SEED'] ?? 20_261_121)
    const random = randomFrom(seed)
    const folder = await mkdtemp(path.join(tmpdir(), 'leveret-kill-'))
    const model: Model = { acked: new Map(), maybe: new Map() }
    const counter = { value: 0 }
    let server: ServerProcess | null = null
    try {
      for (let life = 0; life <= killCount; life++) {
        server = await startServer(folder, flags)
        const client = new Client({ node: server.url, maxRetries: 0 })
        t.deepEqual(await check(client, model), [], `seed ${seed}, life ${life}`)
        if (life === killCount) break
        if (life === 0) await createIndex(client)
        // By answers and not by the clock, so that a slow machine does as much; then any moment of the next request.
        let answersLeft = Math.floor(random() * 24)
        const answered = Promise.withResolvers<void>()
        const loading = load(client, model, random, counter, () => {
          if (--answersLeft === 0) answered.resolve()
        }).catch(() => undefined)
        if (answersLeft > 0) await Promise.race([answered.promise, loading])
        await new Promise((resolve) => setTimeout(resolve, random() * 30))
        await server.kill()
        await loading
      }
      await server?.stop()
      t.true(model.acked.size > 500, `only ${model.acked.size} documents were acknowledged`)
      t.deepEqual((await verify(folder)).faults, [], `seed ${seed}`)
    } finally {
      await server?.kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
)
