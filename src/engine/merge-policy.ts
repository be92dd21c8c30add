/** Which segments to merge. Pure: no clock, no disk, no queue, so a table of cases tests all of it. */
import type { GraphDelayOptions } from './graph-delay.ts'

/** What the policy may know of a segment: counts, never contents. */
export type MergeCandidate = {
  readonly generation: number
  readonly docCount: number
  readonly deletedCount: number
  readonly bytes: number
  /** Of vectors that are scanned until a merge builds their graph. */
  readonly unindexedBytes: number
}

export type MergePolicyOptions = GraphDelayOptions & {
  /**
   * Segments of one tier that are merged together, and the factor between two tiers.
   * @default 8 (Lucene's TieredMergePolicy has 8 to 10; fewer: every vector is inserted into more graphs; more: every
   * search walks more graphs)
   */
  readonly segmentsPerTier: number
  /** Segments below this size count as this big, so that tiny ones share a tier. @default 2 MiB (Lucene's floor) */
  readonly floorBytes: number
  /**
   * No merge makes a segment above this (forced ones may).
   * @default 2 GiB (a segment lives in one WebAssembly memory of at most 4 GiB; half of it is left for others)
   */
  readonly mergedBytesMax: number
  /**
   * A segment with a greater share of deleted documents is written again, alone if need be, whatever its size.
   * @default 0.25 (disk and graph walks pay at most a third more than the live documents ask for; lower: more rewriting)
   */
  readonly deletedShareMax: number
}

export const mergePolicyDefaults: MergePolicyOptions = Object.freeze({
  segmentsPerTier: 8,
  floorBytes: 2 * 1024 * 1024,
  mergedBytesMax: 2 * 1024 * 1024 * 1024,
  deletedShareMax: 0.25,
  unindexedBytesMax: 384 * 1024 * 1024,
  unindexedAgeMs: 60_000,
  quietMs: 2_000
})

/**
 * Chooses what to merge.
 *
 * Segments with vectors that wait for their graph go together when that is due, and are left alone until then.
 *
 * @param graphsDue  Whether vectors without a graph are to get one (graph-delay.ts).
 * @returns Groups of generations, each to become one segment (or none, when nothing in it is live); no generation
 *          stands in two groups. Most useful first. Empty when nothing is worth merging.
 */
export function chooseMerges(
  segments: readonly MergeCandidate[],
  options: MergePolicyOptions,
  graphsDue: boolean
): number[][] {
  const groups: number[][] = []
  const unindexed = segments.filter((each) => each.unindexedBytes > 0)
  if (graphsDue && unindexed.length > 0) groups.push(withinBytes(unindexed, options))
  const bySize = segments
    .filter((each) => each.unindexedBytes === 0)
    .sort((a, b) => liveBytes(a) - liveBytes(b))
  const taken = new Set<number>()
  for (const tier of tiersOf(bySize, options)) {
    for (const group of groupsOf(tier, options)) {
      groups.push(group.map((each) => each.generation))
      for (const each of group) taken.add(each.generation)
    }
  }
  const alone = bySize
    .filter((each) => !taken.has(each.generation) && deletedShare(each) > options.deletedShareMax)
    .sort((a, b) => deletedShare(b) - deletedShare(a))
  for (const each of alone) groups.push([each.generation])
  return groups
}

/**
 * Chooses what a forced merge does: down to `maxSegments`, or every segment with deleted documents written again. Vectors that
 * wait for their graph get it.
 *
 * @returns Groups as chooseMerges does; empty when the wish is already true.
 */
export function chooseForcedMerges(
  segments: readonly MergeCandidate[],
  wish: { readonly maxSegments: number } | { readonly onlyExpungeDeletes: true }
): number[][] {
  const withDeletes = segments.filter((each) => each.deletedCount > 0)
  if ('onlyExpungeDeletes' in wish) return withDeletes.map((each) => [each.generation])
  if (segments.length <= wish.maxSegments)
    return segments
      .filter(
        (each) => each.unindexedBytes > 0 || (wish.maxSegments === 1 && each.deletedCount > 0)
      )
      .map((each) => [each.generation])
  // The smallest ones together: that moves the fewest bytes.
  const count = segments.length - wish.maxSegments + 1
  const smallest = segments.toSorted((a, b) => liveBytes(a) - liveBytes(b)).slice(0, count)
  return [smallest.map((each) => each.generation)]
}

/** The oldest of them, as many as one segment may hold, one at least. */
function withinBytes(
  segments: readonly MergeCandidate[],
  { mergedBytesMax }: MergePolicyOptions
): number[] {
  const group: number[] = []
  let bytes = 0
  for (const each of segments) {
    bytes += liveBytes(each)
    if (group.length > 0 && bytes > mergedBytesMax) break
    group.push(each.generation)
  }
  return group
}

/** Segments by tier, each tier from the smallest; segments too big for any merge are left out. */
function tiersOf(
  bySize: readonly MergeCandidate[],
  options: MergePolicyOptions
): Iterable<MergeCandidate[]> {
  const tiers = new Map<number, MergeCandidate[]>()
  for (const segment of bySize) {
    const bytes = liveBytes(segment)
    if (bytes > options.mergedBytesMax / 2) continue
    const size = Math.max(bytes, options.floorBytes) / options.floorBytes
    const tier = Math.floor(Math.log(size) / Math.log(options.segmentsPerTier))
    const group = tiers.get(tier)
    if (group === undefined) tiers.set(tier, [segment])
    else group.push(segment)
  }
  return tiers.values()
}

/** Full groups of one tier, none above the greatest merged size. */
function groupsOf(
  tier: readonly MergeCandidate[],
  options: MergePolicyOptions
): MergeCandidate[][] {
  const groups: MergeCandidate[][] = []
  let group: MergeCandidate[] = []
  let bytes = 0
  for (const segment of tier) {
    // A merge that is cut short by the size limit is still worth it from two segments on: its result leaves the tier.
    if (bytes + liveBytes(segment) > options.mergedBytesMax && group.length > 1) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(segment)
    bytes += liveBytes(segment)
    if (group.length === options.segmentsPerTier) {
      groups.push(group)
      group = []
      bytes = 0
    }
  }
  return groups
}

function liveBytes(segment: MergeCandidate): number {
  return segment.docCount === 0 ? 0 : segment.bytes * (1 - deletedShare(segment))
}

function deletedShare(segment: MergeCandidate): number {
  return segment.docCount === 0 ? 1 : segment.deletedCount / segment.docCount
}
