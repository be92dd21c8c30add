/**
 * Goal     an index that is created, deleted, closed, opened or given an alias while others are written is, after kill -9,
 *          as it was acknowledged, or as the request under way makes it; nothing of a deleted one comes back.
 * Method   one folder, many lives. Each index has a worker that does one random request after another, the others at the same
 *          time; the next life has to show each index as before or behind the request that was not answered. Exact and hash
 *          searches are compared with what the documents say.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
import test from 'ava'
import { verify } from '../../src/tool/verify.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { startServer } from '../support/server-process.ts'
import { randomOf } from '../unit/search/random.ts'
import type { Random } from '../unit/search/random.ts'

const killCount = 12
const names = ['a', 'b', 'c']
const idCount = 400
const docsPerBulk = 60
const flags = ['--flush-docs', '150', '--threads', '0']

type Shape = {
  readonly isOpen: boolean
  readonly aliases: ReadonlySet<string>
  /** Id to value. */
  readonly docs: ReadonlyMap<string, number>
}
/** null: there is no such index. */
type State = Shape | null

/** What a request does, and what is there when it is done. */
type Action = { readonly after: State; readonly run: (client: Client) => Promise<unknown> }

/** What is known of each index: what was acknowledged, and what the request under way makes of it. */
type Known = { readonly state: State; readonly underWay: State | undefined }

let lastValue = 0

const vectorOf = (value: number): [number, number] => [value % 7, value % 11]
const type = 'elastiknn_dense_float_vector'
const elastiknn = { dims: 2, model: 'lsh', similarity: 'l2', L: 3, k: 1, w: 2 }
const mappings = { properties: { value: { type: 'integer' }, v: { type, elastiknn } } }

function actionOn(index: string, state: State, random: Random): Action {
  if (state === null) {
    const body = { mappings }
    return {
      after: { isOpen: true, aliases: new Set(), docs: new Map() },
      run: (client) => client.transport.request({ method: 'PUT', path: `/${index}`, body })
    }
  }
  if (!state.isOpen)
    return { after: { ...state, isOpen: true }, run: (client) => client.indices.open({ index }) }
  const chosen = random.int(100)
  if (chosen < 4) return { after: null, run: (client) => client.indices.delete({ index }) }
  if (chosen < 8)
    return { after: { ...state, isOpen: false }, run: (client) => client.indices.close({ index }) }
  if (chosen < 16) return aliasAction(index, state, `${index}${random.int(2)}`)
  if (chosen < 24) return byQueryAction(index, state, random)
  if (chosen < 30)
    return {
      after: state,
      run: (client) => client.indices.forcemerge({ index, max_num_segments: 1 })
    }
  return bulkAction(index, state, random)
}

function aliasAction(index: string, state: Shape, alias: string): Action {
  const aliases = new Set(state.aliases)
  const isThere = aliases.delete(alias)
  if (!isThere) aliases.add(alias)
  const action = isThere ? { remove: { index, alias } } : { add: { index, alias } }
  return {
    after: { ...state, aliases },
    run: (client) => client.indices.updateAliases({ actions: [action] })
  }
}

function byQueryAction(index: string, state: Shape, random: Random): Action {
  const from = lastValue - random.int(1000)
  const to = from + 50
  const docs = new Map([...state.docs].filter(([, value]) => value < from || value >= to))
  const query = { range: { value: { gte: from, lt: to } } }
  return {
    after: { ...state, docs },
    run: (client) => client.deleteByQuery({ index, query })
  }
}

function bulkAction(index: string, state: Shape, random: Random): Action {
  const docs = new Map(state.docs)
  const ids = new Set(Array.from({ length: docsPerBulk }, () => `${random.int(idCount)}`))
  const operations = [...ids].flatMap((id): object[] => {
    if (random.chance(0.2)) {
      docs.delete(id)
      return [{ delete: { _id: id } }]
    }
    const value = ++lastValue
    docs.set(id, value)
    return [{ index: { _id: id } }, { value, v: vectorOf(value) }]
  })
  const run = async (client: Client): Promise<void> => {
    const { errors } = await client.bulk({ index, operations })
    if (errors) throw new Error('a bulk item was refused')
  }
  return { after: { ...state, docs }, run }
}

/** One request after another, until the server is gone. */
async function work(
  client: Client,
  index: string,
  known: Map<string, Known>,
  random: Random,
  onAnswer: () => void
): Promise<void> {
  for (;;) {
    const { state } = known.get(index)!
    const { after, run } = actionOn(index, state, random)
    known.set(index, { state, underWay: after })
    await run(client)
    known.set(index, { state: after, underWay: undefined })
    onAnswer()
  }
}

/** What an index shows of itself; a closed one is opened for that. */
async function shown(client: Client, index: string): Promise<State> {
  const rows = await client.cat.indices({ format: 'json', expand_wildcards: 'all' })
  const row = rows.find((each) => each.index === index)
  if (row === undefined) return null
  const isOpen = row.status === 'open'
  const aliases = new Set(
    Object.keys((await client.indices.getAlias({ index }))[index]?.aliases ?? {})
  )
  if (!isOpen) await client.indices.open({ index })
  const { hits } = await client.search<{ value: number }>({ index, size: 10_000 })
  const docs = new Map(hits.hits.map(({ _id, _source }) => [_id!, _source!.value]))
  if (docs.size !== hits.hits.length) throw new Error(`${index} has a document twice`)
  if (!isOpen) await client.indices.close({ index })
  return { isOpen, aliases, docs }
}

/** How `found` is neither what was acknowledged nor what the request under way makes of it. */
function differences(index: string, found: State, { state, underWay }: Known): string[] {
  const allowed = underWay === undefined ? [state] : [state, underWay]
  const isAllowed = (what: (of: State) => unknown): boolean =>
    allowed.some((each) => what(each) === what(found))
  const faults: string[] = []
  const look = (name: string, what: (of: State) => unknown): void => {
    if (!isAllowed(what)) faults.push(`${index}: ${name} is ${String(what(found))}`)
  }
  look('whether it is there', (of) => of !== null)
  if (found === null) return faults
  look('whether it is open', (of) => of?.isOpen)
  look('its aliases', (of) => of && [...of.aliases].toSorted().join(','))
  for (let id = 0; id < idCount; id++) look(`document ${id}`, (of) => of?.docs.get(`${id}`))
  return faults
}

/** Searches by vector give the documents that are there, with their scores. */
async function searchFaults(client: Client, index: string, { docs }: Shape): Promise<string[]> {
  const faults: string[] = []
  const vec = [2, 3]
  for (const model of ['exact', 'lsh']) {
    const near = { field: 'v', vec, model, similarity: 'l2', candidates: 10_000 }
    const query = { elastiknn_nearest_neighbors: near } as object
    const { hits } = await client.search({ index, size: 10_000, _source: false, query })
    for (const { _id, _score } of hits.hits) {
      const [x, y] = vectorOf(docs.get(_id!) ?? Number.NaN)
      const score = 1 / (1 + Math.hypot(x - vec[0]!, y - vec[1]!))
      if (!(Math.abs(score - _score!) < 1e-6)) faults.push(`${index}: ${model} ${_id} ${_score}`)
    }
    // Vectors that are the query have its hashes; of the others some do.
    const same = [...docs.values()].filter((value) => vectorOf(value).join() === vec.join()).length
    const least = model === 'exact' ? docs.size : same
    if (hits.hits.length < least) faults.push(`${index}: ${model} finds ${hits.hits.length}`)
  }
  return faults
}

async function check(client: Client, known: Map<string, Known>): Promise<string[]> {
  const faults: string[] = []
  for (const index of names) {
    const found = await shown(client, index)
    faults.push(...differences(index, found, known.get(index)!))
    if (found?.isOpen === true) faults.push(...(await searchFaults(client, index, found)))
    known.set(index, { state: found, underWay: undefined })
  }
  return faults
}

/** Until as many requests were answered, and then any moment of the next ones. */
async function live(
  client: Client,
  known: Map<string, Known>,
  random: Random,
  server: ServerProcess
): Promise<void> {
  let answersLeft = 1 + random.int(60)
  const answered = Promise.withResolvers<void>()
  const onAnswer = (): void => {
    if (--answersLeft === 0) answered.resolve()
  }
  let isKilled = false
  const failures: unknown[] = []
  const workers = names.map((index) =>
    work(client, index, known, random, onAnswer).catch((error: unknown) => {
      if (!isKilled) failures.push(error)
      answered.resolve()
    })
  )
  await answered.promise
  await new Promise((resolve) => setTimeout(resolve, random.int(30)))
  isKilled = true
  await server.kill()
  await Promise.all(workers)
  for (const failure of failures) throw failure
}

test.serial(
  'server: indices are whole or not there over kills while they come and go',
  async (t) => {
    t.timeout(600_000)
    const seed = Number(process.env['SEED'] ?? 20_261_122)
    const random = randomOf(seed)
    const folder = await mkdtemp(path.join(tmpdir(), 'leveret-kill-'))
    const known = new Map<string, Known>(
      names.map((index) => [index, { state: null, underWay: undefined }])
    )
    let server: ServerProcess | null = null
    try {
      for (let life = 0; life <= killCount; life++) {
        server = await startServer(folder, flags)
        const client = new Client({ node: server.url, maxRetries: 0 })
        t.deepEqual(await check(client, known), [], `seed ${seed}, life ${life}`)
        if (life < killCount) await live(client, known, random, server)
      }
      await server?.stop()
      t.true(lastValue > 2_000, `only ${lastValue} documents were sent`)
      t.deepEqual((await verify(folder)).faults, [], `seed ${seed}`)
    } finally {
      await server?.kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
)
