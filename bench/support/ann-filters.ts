/** Filters by a keyword field: one index, a curve for each share of documents that a filter lets through. */
import type { Measured } from './curve.ts'
import { curveLine, interleave, median } from './curve.ts'
import type { VectorSet } from './peer.ts'
import { neighbours, queryOf } from './peer.ts'
import type { Report } from './report.ts'
import type { SharedIndex } from './shared-index.ts'
import { curveIn, inSharedIndex } from './shared-index.ts'
import { narrowed, shares } from './shares.ts'

export async function measureFilters(
  set: VectorSet,
  folder: string,
  rounds: number,
  report: Report
): Promise<Measured[]> {
  const measured = await inSharedIndex(set, folder, async (opened) => {
    const curves = [curveIn(opened, 'unfiltered', set), ...filteredCurves(opened, set)]
    await interleave(curves, rounds)
    for (const one of curves) report.line(curveLine(one))
    reportPlans(opened, set, report)
    return curves
  })
  reportCosts(measured, report)
  return measured
}

/** Of each share, asked again and asked for the first time. */
function filteredCurves(opened: SharedIndex, set: VectorSet): Measured[] {
  let asked = 0
  return shares.flatMap((share) => {
    const { keyword } = share
    const within = narrowed(set, share)
    const percent = `${share.share * 100} %`
    return [
      curveIn(opened, `filter ${percent}, cached`, within, () => ({ term: { shares: keyword } })),
      // A filter that was never asked before: the same documents, and a keyword that no document has.
      curveIn(opened, `filter ${percent}, uncached`, within, () => ({
        terms: { shares: [keyword, `absent-${asked++}`] }
      }))
    ]
  })
}

function reportPlans({ index }: SharedIndex, set: VectorSet, report: Report): void {
  for (const { keyword, share } of shares) {
    const knn = { field: 'v', vector: queryOf(set, 0), k: neighbours }
    const filter = { term: { shares: keyword } }
    const [hit] = index.search({ knn: { ...knn, filter }, source: false, profile: true }).profile
    report.line(`plan of filter ${share * 100} %: ${strategiesIn(hit).join(', ')}`)
  }
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
