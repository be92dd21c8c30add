/** Filters by a keyword field: one index, a curve for each share of documents that a filter lets through. */
import type { Measured } from './curve.ts'
import { askedHere, curveLine, interleave, median, startCurve } from './curve.ts'
import { buildLeveret, indexName, openLeveret, searchesOf } from './leveret-peers.ts'
import type { Row } from './leveret-peers.ts'
import type { VectorSet } from './peer.ts'
import { neighbours, queryOf } from './peer.ts'
import type { Report } from './report.ts'
import { keywordsOf, narrowed, shares } from './shares.ts'

export async function measureFilters(
  set: VectorSet,
  folder: string,
  rounds: number,
  report: Report
): Promise<Measured[]> {
  await buildLeveret(set, folder, { shares: keywordsOf })
  await using db = await openLeveret(folder)
  const index = db.index<Row>(indexName)
  const measured: Measured[] = [
    startCurve('unfiltered', askedHere(searchesOf(index, set), set.queryCount), set)
  ]
  let asked = 0
  for (const share of shares) {
    const { keyword } = share
    const within = narrowed(set, share)
    const cached = searchesOf(index, within, () => ({ term: { shares: keyword } }))
    // A filter that was never asked before: the same documents, and a keyword that no document has.
    const fresh = searchesOf(index, within, () => ({
      terms: { shares: [keyword, `absent-${asked++}`] }
    }))
    const percent = `${share.share * 100} %`
    measured.push(
      startCurve(`filter ${percent}, cached`, askedHere(cached, set.queryCount), within)
    )
    measured.push(
      startCurve(`filter ${percent}, uncached`, askedHere(fresh, set.queryCount), within)
    )
  }
  await interleave(measured, rounds)
  for (const one of measured) report.line(curveLine(one))
  for (const { keyword, share } of shares) {
    const [hit] = index.search({
      knn: {
        field: 'v',
        vector: queryOf(set, 0),
        k: neighbours,
        filter: { term: { shares: keyword } }
      },
      source: false,
      profile: true
    }).profile
    report.line(`plan of filter ${share * 100} %: ${strategiesIn(hit).join(', ')}`)
  }
  reportCosts(measured, report)
  return measured
}

/** Every `strategy` that a profile names. */
function strategiesIn(profile: unknown): string[] {
  const named = new Set<string>()
  JSON.stringify(profile, (key: string, value: unknown) => {
    if (key === 'strategy' && typeof value === 'string') named.add(value)
    return value
  })
  return [...named]
}

/** At each beam: a cached filter against no filter, and what an uncached one costs on top. */
function reportCosts(measured: readonly Measured[], report: Report): void {
  const us = (one: Measured | undefined, at: number): number =>
    median(one?.points[at]?.wallUs ?? [])
  const [plain, ...filtered] = measured
  for (let share = 0; share < shares.length; share++) {
    const [cached, fresh] = [filtered[2 * share], filtered[2 * share + 1]]
    const cells = (cached?.points ?? []).map((point, at) => {
      const ratio = us(cached, at) / us(plain, at)
      const extra = us(fresh, at) - us(cached, at)
      return `${point.effort}:${point.recall.toFixed(4)}/${ratio.toFixed(2)}x/+${extra.toFixed(0)}`
    })
    report.line(
      `${cached?.name}: effort:recall/time against unfiltered/us more when uncached ${cells.join(' ')}`
    )
  }
}
