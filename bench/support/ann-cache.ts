/** A page cache smaller than the data, each budget in a process of its own so that its memory is its own. */
import { answerStep, runStep } from './child.ts'
import type { Clock } from './curve.ts'
import { checksumOf, median } from './curve.ts'
import { buildLeveret, indexName, openLeveret } from './leveret-peers.ts'
import type { Row } from './leveret-peers.ts'
import { mebibyte, ownBytes, toMebibytes } from './machine.ts'
import type { VectorSet } from './peer.ts'
import { graphM, neighbours } from './peer.ts'
import { readQueries, writeQueries } from './query-file.ts'
import type { Report } from './report.ts'
import { recallOf } from './sets.ts'

type Answered = {
  readonly candidates: number
  /** Microseconds a query, one number a round: by the clock, and of this process's processors. */
  readonly wallUs: readonly number[]
  readonly cpuUs: readonly number[]
  /** A query, by kind of page. */
  readonly misses: Readonly<Record<string, number>>
  readonly ownBytes: number
  readonly found: readonly number[][]
}

/** The least budget that a node takes. */
const leastBytes = 20 * mebibyte
const cacheCandidates = [32, 64, 128]

/** Bytes of a row beside its code of one byte a dimension: list of the lowest level, float32 original. */
const otherBytes = (set: VectorSet): number => 4 * (1 + 2 * graphM) + 4 * set.dims

type CacheRun = { readonly rounds: number; readonly clock: Clock; readonly report: Report }

/** Budgets from the largest down; each is compared with the first, in which all is resident. */
export async function measureCache(
  set: VectorSet,
  folder: string,
  file: string,
  { rounds, clock, report }: CacheRun
): Promise<void> {
  await buildLeveret(set, folder)
  writeQueries(set, folder)
  const all = set.rows * (set.dims + otherBytes(set))
  report.line(`codes, lists and originals ${toMebibytes(all)}`)
  const residentUs = new Map<number, number>()
  for (const [budget, labels] of budgetsOf(set)) {
    const passed = {
      queries: String(set.queryCount),
      folder,
      budget: String(budget),
      rounds: String(rounds)
    }
    for (const one of runStep(file, 'cache', passed) as Answered[]) {
      const us = median(clock === 'cpu' ? one.cpuUs : one.wallUs)
      const resident = residentUs.get(one.candidates) ?? us
      residentUs.set(one.candidates, resident)
      const recall =
        one.found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / set.queryCount
      report.line(
        `cache ${toMebibytes(budget)} (${labels.join(', ').replace('for, ', 'for ')}), candidates ${one.candidates}: recall ${recall.toFixed(4)}, ${Math.round(us)} us (${(us / resident).toFixed(2)}x the largest), ${Math.round(1e6 / us)} queries/s, ${missText(one.misses)}, RssAnon + RssShmem ${toMebibytes(one.ownBytes)}, checksum ${one.found.reduce(checksumOf, 0)}`
      )
    }
  }
}

function missText(misses: Answered['misses']): string {
  const kinds = Object.entries(misses).filter(([, count]) => count >= 0.05)
  const total = kinds.reduce((sum, [, count]) => sum + count, 0)
  const each = kinds.map(([kind, count]) => `${kind} ${count.toFixed(1)}`).join(', ')
  return `${total.toFixed(1)} misses a query${each === '' ? '' : ` (${each})`}`
}

/** Budgets in bytes, each with the words for it: those below the least there is are measured once, as that. */
function budgetsOf(set: VectorSet): Map<number, string[]> {
  const all = set.rows * (set.dims + otherBytes(set))
  const wanted: readonly (readonly [label: string, bytes: number])[] = [
    ['200 %', 2 * all],
    ['all but 90 % of the lists', all - set.rows * 0.9 * 4 * (1 + 2 * graphM)],
    ['25 %', all / 4],
    ['codes and 10 % of the rest', set.rows * (set.dims + otherBytes(set) / 10)],
    ['10 %', all / 10]
  ]
  const budgets = new Map<number, string[]>()
  for (const [label, bytes] of wanted) {
    const budget = Math.max(leastBytes, Math.round(bytes))
    const first = bytes < leastBytes ? ['the least there is, for'] : []
    budgets.set(budget, [...(budgets.get(budget) ?? first), label])
  }
  return budgets
}

/** In the child, which holds no rows but those in the cache. Every query once to warm up, then once a round. */
export async function answerCacheStep(
  folder: string,
  queryCount: number,
  budget: number,
  rounds: number
): Promise<void> {
  const queries = readQueries(folder, queryCount)
  const db = await openLeveret(folder, { cacheBytes: budget })
  const index = db.index<Row>(indexName)
  const answers = cacheCandidates.map((candidates): Answered => {
    const search = (vector: Float32Array): number[] =>
      index
        .search({ knn: { field: 'v', vector, k: neighbours, candidates }, source: false })
        .hits.map((hit) => Number(hit.id))
    let found = queries.map((vector) => search(vector))
    const before = index.stats()?.pages ?? {}
    const wallUs: number[] = []
    const cpuUs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const cpu = process.cpuUsage()
      const started = performance.now()
      found = queries.map((vector) => search(vector))
      wallUs.push(((performance.now() - started) * 1_000) / queryCount)
      const used = process.cpuUsage(cpu)
      cpuUs.push((used.user + used.system) / queryCount)
    }
    const misses = Object.fromEntries(
      Object.entries(index.stats()?.pages ?? {}).map(([kind, { missCount }]) => [
        kind,
        (missCount - (before[kind]?.missCount ?? 0)) / queryCount / rounds
      ])
    )
    return { candidates, wallUs, cpuUs, misses, ownBytes: ownBytes(), found }
  })
  await db.close()
  answerStep(answers)
}
