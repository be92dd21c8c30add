/** What the cache knows of kinds of page. */
import { restRank } from './frame-clock.ts'
import type { Rank } from './frame-clock.ts'

/** Kinds that every search reads; table at the head of frame-clock.ts. */
const rankByKind: ReadonlyMap<string, Rank> = new Map([
  ['lists', 2],
  ['ords', 2],
  ['docIds', 2],
  ['codes', 3],
  ['upper', 3]
])

/** Kinds whose readers look at the eviction counter (page-frames.ts): any thread may take their pages out. */
const checkedKinds: ReadonlySet<string> = new Set(['codes', 'lists', 'upper', 'vectors', 'norms'])

export function isChecked(kind: string): boolean {
  return checkedKinds.has(kind)
}

/** Which rank pages of a kind have. */
export function rankOf(kind: string): Rank {
  return rankByKind.get(kind) ?? restRank
}
