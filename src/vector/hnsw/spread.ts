/**
 * How far a walk looks: not to the nearest `ef` nodes of every query, but to a distance, that of the ef-th nearest of a query like
 * most. Where many nodes lie nearly as near as the nearest a walk so looks at more, elsewhere at less.
 *
 * Source     Al-Jazzazi et al., "Distance Adaptive Beam Search for Provably Accurate Graph-Based Nearest Neighbor Search",
 *            arXiv:2505.15636. There the ratio is a parameter; here it follows from the beam that is asked for, so that a wider
 *            one always looks farther: squared distances of codes grow like rank ** spread, which the check of a
 *            graph measures (walk-check.ts).
 */
import { beamMax } from '../kernels/scratch.ts'
import type { WalkKernel } from '../kernels/walk-kernel.ts'

/** Nodes a beam holds at most, in beams that were asked for. */
const beams = 2
/** Share of a beam that is always expanded. */
const leastShare = 0.5
/** The nearest by which the others are measured, or as many as are wanted. */
const rankMin = 10

/** Limits of WalkKernel.search. */
type WalkLimits = { readonly limit: number; readonly floor: number }

/** @param spread  0: not known, or distances have no ratio. */
export function searchSpread(
  kernel: WalkKernel,
  spread: number,
  ef: number,
  k: number,
  { limit, floor }: WalkLimits
): number {
  const rank = Math.max(k, rankMin)
  if (spread <= 0 || ef <= rank) return kernel.search(ef, limit, floor, 0, 0, 0)
  const beam = Math.min(beams * ef, beamMax)
  const atLeast = Math.max(rank, Math.ceil(leastShare * ef))
  return kernel.search(beam, limit, floor, rank, (ef / rank) ** spread, atLeast)
}

/**
 * The same among accepted nodes; 0 when too many were compared before the end. Where the spread is known the beam may be narrower
 * than what is wanted.
 *
 * @param accept     A bit set in kernel memory.
 * @param scoredMax  Nodes that are compared at most, and those of a hop.
 */
export function searchAccepted(
  kernel: WalkKernel,
  spread: number,
  ef: number,
  k: number,
  { limit, floor }: WalkLimits,
  { accept, scoredMax }: { readonly accept: number; readonly scoredMax: number }
): number {
  if (spread <= 0) return kernel.searchAccepted(ef, accept, limit, floor, 0, 0, 0, scoredMax)
  const rank = Math.max(k, rankMin)
  const beam = Math.min(Math.max(beams * ef, rank), beamMax)
  const atLeast = Math.ceil(leastShare * ef)
  const ratio = (ef / rank) ** spread
  return kernel.searchAccepted(beam, accept, limit, floor, rank, ratio, atLeast, scoredMax)
}
