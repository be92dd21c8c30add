/**
 * Random operations against a Map: index, create, update with conditions, delete, several on one id in one request, flush,
 * merge, reopening, a power cut of the simulated store in the middle of a request, a searcher pinned all the while.
 *
 * Expected state lives in the Map only. After every step that could disturb it, contents, versions and seqNos must be those of the
 * Map, and verify must find nothing in any segment. A failure prints its seed.
 */
import test from 'ava'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/store/index.ts'
import { PowerSupply } from '../support/power-supply.ts'
import {
  contentsOf,
  deleteOp,
  faultsOf,
  idsWithTag,
  indexOp,
  openTestEngine,
  sourceOf
} from '../support/engine-fixture.ts'
import type { TestDocument } from '../support/engine-fixture.ts'
import type { Engine, Operation, OperationResult, Searcher } from '../../src/engine/index.ts'
import type { Store } from '../../src/store/index.ts'
import type { ExecutionContext } from 'ava'

type Known = {
  readonly version: number
  readonly seqNo: number
  readonly document: TestDocument | null
}

const idCount = 40
const tags = ['red', 'green', 'blue']

class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * limit)
  }
}

type Planned = {
  readonly operation: Operation
  readonly id: string
  readonly document: TestDocument | null
  readonly fails: boolean
}

class Model {
  /** Newest state of every id ever written; document null: deleted. */
  readonly known = new Map<string, Known>()
  readonly random: Random
  nextSeqNo = 0

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  live(): Map<string, string> {
    const live = new Map<string, string>()
    for (const [id, { document }] of this.known)
      if (document !== null) live.set(id, sourceOf(id, document))
    return live
  }

  plan(count: number): Planned[] {
    // Conditions are judged against what the request has done so far.
    const liveNow = new Map([...this.known].map(([id, each]) => [id, each.document !== null]))
    return Array.from({ length: count }, () => {
      const planned = this.#one(liveNow)
      if (!planned.fails) liveNow.set(planned.id, planned.document !== null)
      return planned
    })
  }

  #one(liveNow: ReadonlyMap<string, boolean>): Planned {
    const { random } = this
    const id = `id-${random.below(idCount)}`
    const document = {
      tag: tags[random.below(tags.length)] ?? 'red',
      count: random.below(1_000_000),
      childCount: random.below(8) === 0 ? random.below(3) : 0,
      routing: random.below(4) === 0 ? `r${random.below(3)}` : null
    }
    const what = random.below(10)
    if (what < 3) return { operation: deleteOp(id), id, document: null, fails: false }
    if (what < 5) {
      const operation = indexOp(id, document, {}, 'create')
      return { operation, id, document, fails: liveNow.get(id) === true }
    }
    if (what === 5) {
      const operation = indexOp(id, document, { ifSeqNo: 1_000_000_000, ifPrimaryTerm: 1 })
      return { operation, id, document, fails: true }
    }
    return { operation: indexOp(id, document), id, document, fails: false }
  }

  apply(
    planned: readonly Planned[],
    results: readonly OperationResult[],
    t: ExecutionContext
  ): void {
    t.is(results.length, planned.length)
    for (const [at, { id, document, fails }] of planned.entries()) {
      const result = results[at]!
      if (!result.ok) {
        t.true(fails, `${id}: ${result.error.message}`)
        t.is(result.error.code, 'DOC_VERSION')
        continue
      }
      t.false(fails, `${id} must conflict`)
      t.is(result.seqNo, this.nextSeqNo++)
      const before = this.known.get(id)
      const wasLive = before !== undefined && before.document !== null
      if (wasLive) t.is(result.version, before.version + 1)
      t.is(
        result.result,
        document === null ? (wasLive ? 'deleted' : 'not_found') : wasLive ? 'updated' : 'created'
      )
      this.known.set(id, { version: result.version, seqNo: result.seqNo, document })
    }
  }
}

function check(t: ExecutionContext, engine: Engine, model: Model): void {
  t.deepEqual(new Map([...contentsOf(engine)].sort()), new Map([...model.live()].sort()))
  for (let at = 0; at < idCount; at++) {
    const id = `id-${at}`
    const known = model.known.get(id)
    const got = engine.get(id)
    if (known === undefined || known.document === null) {
      t.is(got, null)
      continue
    }
    t.is(got?.version, known.version)
    t.is(got?.seqNo, known.seqNo)
    t.is(got?.stored.routing, known.document.routing ?? null)
  }
  for (const tag of tags) {
    const wanted = [...model.known].filter(([, { document }]) => document?.tag === tag)
    t.deepEqual(idsWithTag(engine, tag), wanted.map(([id]) => id).sort())
  }
  t.is(engine.stats().liveDocCount, model.live().size)
}

function seen(searcher: Searcher): string[] {
  return searcher.segments.flatMap(({ reader, docCount, liveDocs }) =>
    Array.from({ length: docCount }, (_, docId) => docId)
      .filter((docId) => (reader.parents?.has(docId) ?? true) && (liveDocs?.has(docId) ?? true))
      .map((docId) => new TextDecoder().decode(reader.stored(docId).source()))
  )
}

/** Where the stores of one run live; without `crash` they are closed in good order. */
type Medium = { open(): Promise<Store>; readonly crash: (() => void) | null }

async function run(
  t: ExecutionContext,
  seed: number,
  stepCount: number,
  medium: Medium
): Promise<void> {
  const model = new Model(seed)
  const { random } = model
  let store: Store = await medium.open()
  let engine = await openTestEngine(store)
  let pinned: { readonly searcher: Searcher; readonly wanted: readonly string[] } | null = null
  const unpin = (): void => {
    if (pinned === null) return
    t.deepEqual(seen(pinned.searcher), pinned.wanted, 'a pinned searcher sees its moment')
    pinned.searcher.release()
    pinned = null
  }
  for (let step = 0; step < stepCount; step++) {
    const what = random.below(20)
    if (what < 12) {
      const planned = model.plan(1 + random.below(6))
      model.apply(planned, await engine.apply(planned.map((each) => each.operation)), t)
    } else if (what < 15) {
      await engine.flush()
      t.deepEqual(faultsOf(engine), [])
    } else if (what === 15) await engine.forceMerge({ maxSegments: 1 + random.below(3) })
    else if (what === 16) await engine.forceMerge({ onlyExpungeDeletes: true })
    else if (what === 17) {
      unpin()
      const searcher = engine.acquireSearcher()
      pinned = { searcher, wanted: seen(searcher) }
    } else {
      unpin()
      if (what === 19 && medium.crash !== null) {
        medium.crash()
        store.close().catch(() => {
          // A dead store may complain about its dead disk.
        })
      } else {
        await engine.close({ flush: random.below(2) === 0 })
        await store.close()
      }
      store = await medium.open()
      engine = await openTestEngine(store)
      t.is(engine.stats().maxSeqNo, model.nextSeqNo - 1)
    }
    check(t, engine, model)
  }
  unpin()
  await engine.forceMerge({ maxSegments: 1 })
  check(t, engine, model)
  t.true(engine.stats().segments.length <= 1)
  t.deepEqual(engine.stats().jobFailures, [])
  await engine.close()
  await store.close()
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`engine: random operations, flushes, merges and crashes leave what the Map has, seed=${seed}`, (t) => {
    const power = new PowerSupply({ seed })
    return run(t, seed, 120, { open: () => power.openStore(), crash: () => power.cutNow() })
  })

for (const seed of [31, 32])
  test(`engine: removed keys that come back are not seen (google/leveldb #320), seed=${seed}`, (t) => {
    const power = new PowerSupply({ seed, staleChance: 0.4 })
    return run(t, seed, 120, { open: () => power.openStore(), crash: () => power.cutNow() })
  })

test('engine: on classic-level the same holds, seed=11', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'leveret-model-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const open = (): Promise<Store> => openStore(join(folder, 'data'), { reserveFileBytes: 0 })
  await run(t, 11, 80, { open, crash: null })
})
