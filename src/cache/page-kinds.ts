/** What the cache knows of kinds of page. */
import { floorShiftDefault, restRank } from './frame-clock.ts'
import type { Rank } from './frame-clock.ts'
import type { PageKind } from './types.ts'

/** Who goes first from a cache: lower ranks, each down to its floor (frame-clock.ts). */
export type EvictionOrder = {
  /** 1 to 3; kinds that are not here have 1. */
  readonly ranks: ReadonlyMap<PageKind, Rank>
  /** Ranks 1 and 2 keep 2^-floorShift of all slots. */
  readonly floorShift: number
}

/** Kinds that every search reads have the higher ranks; table at the head of frame-clock.ts. */
export const defaultOrder: EvictionOrder = {
  ranks: new Map<PageKind, Rank>([
    ['lists', 2],
    ['ords', 2],
    ['docIds', 2],
    ['codes', 3],
    ['upper', 3]
  ]),
  floorShift: floorShiftDefault
}

/** Kinds whose readers look at the eviction counter (page-frames.ts): any thread may take their pages out. */
const checkedKinds: ReadonlySet<string> = new Set([
  'codes',
  'lists',
  'upper',
  'vectors',
  'norms',
  'sketches',
  'sketchAxes'
])

export function isChecked(kind: string): boolean {
  return checkedKinds.has(kind)
}

/** Which rank pages of a kind have. */
export function rankOf(kind: PageKind, { ranks }: EvictionOrder): Rank {
  return ranks.get(kind) ?? restRank
}
