/** A page cache smaller than the data, each budget in a process of its own so that its memory is its own. */
import { answerStep, runStep } from './child.ts'
import { listCandidates, noFloor, timeSearches, wholeBytes } from './segment-cache.ts'
import type { Timed, WholeBytes } from './segment-cache.ts'
import type { Clock } from './curve.ts'
import { checksumOf, median } from './curve.ts'
import { buildLeveret, indexName, openLeveret } from './leveret-peers.ts'
import type { Row } from './leveret-peers.ts'
import { budgetBytesMin } from '../../src/cache/index.ts'
import { mebibyte, ownBytes, toMebibytes } from './machine.ts'
import type { VectorSet } from './peer.ts'
import { neighbours } from './peer.ts'
import { readQueries, writeQueries } from './query-file.ts'
import type { Report } from './report.ts'
import { recallOf } from './sets.ts'

type Answered = Timed & { readonly ownBytes: number }

/** The least budget that a node takes. */
const leastBytes = 20 * mebibyte
/** Of some kinds, that issue 3 asks for. */
const wantedShare = 0.1
const shareTolerance = 0.003
/** A budget is known to this many bytes: four slots. */
const budgetStepBytes = 2 ** 16

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
  const whole = await wholeBytes(folder)
  report.line(
    `codes ${toMebibytes(whole.codes)}, lists ${toMebibytes(whole.lists)}, originals ${toMebibytes(whole.vectors)}`
  )
  const answersAt = (budget: number): Answered[] => {
    const passed = { folder, budget: String(budget), rounds: String(rounds) }
    return runStep(file, 'cache', { ...passed, queries: String(set.queryCount) }) as Answered[]
  }
  const largest = new Map<number, number>()
  for (const [budget, labels] of budgetsOf(whole)) {
    const label = `cache ${(budget / mebibyte).toFixed(1)} MiB (${labels.join(', ').replace('for, ', 'for ')})`
    for (const one of answersAt(budget)) {
      const own = `RssAnon + RssShmem ${toMebibytes(one.ownBytes)}`
      report.line(`${label}, ${answerText(set, whole, one, { clock, largest })}, ${own}`)
    }
  }
  measureSegment(set, folder, whole, { file, rounds, clock, report })
}

/**
 * All codes, and a tenth of the lists, or of lists and originals, whatever is asked for most: an order of eviction that no user has gives
 * shares that no budget of theirs does.
 */
function measureSegment(
  set: VectorSet,
  folder: string,
  whole: WholeBytes,
  { file, rounds, clock, report }: CacheRun & { readonly file: string }
): void {
  const all = whole.codes + whole.lists + whole.vectors
  const answersAt = (budget: number, floorShift: number, roundCount: number): Timed[] => {
    const passed = { folder, budget: String(budget), rounds: String(roundCount) }
    const flags = { ...passed, floor: String(floorShift), queries: String(set.queryCount) }
    return runStep(file, 'lists', flags) as Timed[]
  }
  const largest = new Map<number, number>()
  const reportAt = (label: string, budget: number, floorShift: number): void => {
    for (const one of answersAt(budget, floorShift, rounds))
      report.line(`segment, ${label}, ${answerText(set, whole, one, { clock, largest })}`)
  }
  // Ids and tables are beside these.
  const most = budgetBytesMin(0) + 2 * all
  reportAt('all resident', most, noFloor)
  const tenth = whole.codes + (whole.lists + whole.vectors) / 10
  const goals = [
    { label: 'lists alone at 10 %', kind: 'lists', least: all - whole.lists, floorShift: noFloor },
    {
      label: 'lists and originals at 10 % each',
      kind: 'vectors',
      least: tenth - whole.vectors / 10,
      // The floor of lists is a tenth of them, and what the budget adds is originals.
      floorShift: Math.round(Math.log2(tenth / (whole.lists / 10)))
    }
  ] as const
  for (const { label, kind, least, floorShift } of goals) {
    const shareAt = (budget: number): number =>
      shareOf(whole, answersAt(budget, floorShift, 0).at(-1), [kind])
    const budget = budgetWhere(shareAt, Math.max(budgetBytesMin(0), least), most)
    if (budget === null) report.line(`left out: ${label}: no budget gives that share`)
    else reportAt(label, budget, floorShift)
  }
}

/** @param largest  Microseconds by candidates of the first budget, which is the largest. */
function answerText(
  set: VectorSet,
  whole: WholeBytes,
  one: Timed,
  { clock, largest }: { readonly clock: Clock; readonly largest: Map<number, number> }
): string {
  const us = median(clock === 'cpu' ? one.cpuUs : one.wallUs)
  const resident = largest.get(one.candidates) ?? us
  largest.set(one.candidates, resident)
  const recall =
    one.found.reduce((sum, hits, query) => sum + recallOf(set, query, hits), 0) / set.queryCount
  return `candidates ${one.candidates}: recall ${recall.toFixed(4)}, ${Math.round(us)} us (${(us / resident).toFixed(2)}x the largest), ${Math.round(1e6 / us)} queries/s, ${missText(one.misses)}, ${shareText(whole, one)}, checksum ${one.found.reduce(checksumOf, 0)}`
}

function missText(misses: Answered['misses']): string {
  const kinds = Object.entries(misses).filter(([, count]) => count >= 0.05)
  const total = kinds.reduce((sum, [, count]) => sum + count, 0)
  const each = kinds.map(([kind, count]) => `${kind} ${count.toFixed(1)}`).join(', ')
  return `${total.toFixed(1)} misses a query${each === '' ? '' : ` (${each})`}`
}

/** Of the bytes that pages of these kinds take when all are there. */
function shareOf(
  whole: WholeBytes,
  one: Timed | undefined,
  kinds: readonly (keyof WholeBytes)[]
): number {
  const resident = kinds.reduce((sum, kind) => sum + (one?.residentBytes[kind] ?? 0), 0)
  // Small sets have no graph: none of its pages are there.
  return (
    resident /
    Math.max(
      1,
      kinds.reduce((sum, kind) => sum + whole[kind], 0)
    )
  )
}

function shareText(whole: WholeBytes, one: Timed): string {
  const each = (['codes', 'lists', 'vectors'] as const).map(
    (kind) => `${kind} ${(100 * shareOf(whole, one, [kind])).toFixed(1)} %`
  )
  return `resident ${each.join(', ')}`
}

/** The budget at which a share is the wanted one, null when none gives it. The share grows with the budget. */
function budgetWhere(
  shareAt: (budget: number) => number,
  least: number,
  most: number
): number | null {
  let [low, high] = [least, most]
  if (shareAt(low) > wantedShare || shareAt(high) < wantedShare) return null
  while (high - low > budgetStepBytes) {
    const middle = Math.round((low + high) / 2)
    const share = shareAt(middle)
    if (Math.abs(share - wantedShare) < shareTolerance) return middle
    if (share < wantedShare) low = middle
    else high = middle
  }
  return high
}

/** Budgets in bytes, each with the words for it: those below the least there is are measured once, as that. */
function budgetsOf({ codes, lists, vectors }: WholeBytes): Map<number, string[]> {
  const all = codes + lists + vectors
  const wanted: readonly (readonly [label: string, bytes: number])[] = [
    ['200 %', 2 * all],
    ['all but 90 % of the lists', all - 0.9 * lists],
    ['25 %', all / 4],
    ['codes and 10 % of the rest', codes + (lists + vectors) / 10],
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

/** In the child, which holds no rows but those in the cache. */
export async function answerCacheStep(
  folder: string,
  queryCount: number,
  budget: number,
  rounds: number
): Promise<void> {
  const queries = readQueries(folder, queryCount)
  const db = await openLeveret(folder, { cacheBytes: budget })
  const index = db.index<Row>(indexName)
  const answers = listCandidates.map((candidates): Answered => {
    const search = (vector: Float32Array): number[] =>
      index
        .search({ knn: { field: 'v', vector, k: neighbours, candidates }, source: false })
        .hits.map((hit) => Number(hit.id))
    const timed = timeSearches(
      candidates,
      { queries, rounds, search },
      () => index.stats()?.pages ?? {}
    )
    return { ...timed, ownBytes: ownBytes() }
  })
  await db.close()
  answerStep(answers)
}
