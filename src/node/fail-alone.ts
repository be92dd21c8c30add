/**
 * An index that cannot answer fails alone (ARCHITECTURE.md R22): it does not serve, it cannot be asked this, or damage is met in
 * it. The others answer, and the failures stand in the answer.
 */
import type { Query } from '../query/index.ts'
import type { SearchTarget } from '../search/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { PinnedIndex } from './lower-search.ts'
import { lowering, loweringAhead, lowerTarget, queriesOf } from './lower-search.ts'
import type { Lowering } from './lower-search.ts'
import type { IndexFailure, NodeIndex, NodeSearch, ResolvedIndex } from './types.ts'

const isDamaged = ({ engine, fault }: NodeIndex): boolean => engine === null && fault !== null

/** Keeps one index from opening and not the others: damage, or a replay that has no room to flush. */
export function keepsOneClosed({ kind, code }: VectorStoreError): boolean {
  return kind === 'corrupt' || code === 'STORE_FULL' || code === 'MEMORY_LIMIT'
}

/** Indices that cannot serve at all are failures of a search, as long as another one answers. */
export function splitDamaged(targets: readonly ResolvedIndex[]): {
  readonly serving: readonly ResolvedIndex[]
  readonly failures: readonly IndexFailure[]
} {
  const failures: IndexFailure[] = []
  for (const { index } of targets)
    if (isDamaged(index)) failures.push({ index: index.metadata.name, error: index.fault! })
  if (failures.length === 0 || failures.length === targets.length)
    return { serving: targets, failures: [] }
  return { serving: targets.filter(({ index }) => !isDamaged(index)), failures }
}

export type Lower = (target: PinnedIndex, position: number, lower: Lowering) => SearchTarget

export type Lowered = {
  readonly accepted: readonly SearchTarget[]
  readonly failures: readonly IndexFailure[]
}

/**
 * An index that cannot be asked this (a field is not there, or is of another type) fails alone; the others answer.
 *
 * Errors   those of the first index, when all fail.
 */
function lowerTargets(targets: readonly PinnedIndex[], lower: Lower): Lowered {
  const draft: LoweredDraft = { accepted: [], failures: [] }
  for (let position = 0; position < targets.length; position++) {
    const target = targets[position]!
    addLowered(draft, target, () => lower(target, position, lowering(target.index)))
  }
  return loweredOf(draft)
}

/**
 * The same in steps.
 *
 * @param queries  Those that `lower` lowers, beside the filter of an alias.
 */
export function* lowerTargetsInSteps(
  targets: readonly PinnedIndex[],
  queries: readonly Query[],
  lower: Lower
): Steps<Lowered> {
  const draft: LoweredDraft = { accepted: [], failures: [] }
  for (const [position, target] of targets.entries()) {
    const { index, aliasFilter } = target
    const all = aliasFilter === null ? queries : [aliasFilter, ...queries]
    const ahead = yield* loweringAhead(index, all)
    addLowered(draft, target, () => lower(target, position, ahead))
  }
  return loweredOf(draft)
}

type LoweredDraft = { readonly accepted: SearchTarget[]; readonly failures: IndexFailure[] }

function addLowered(
  { accepted, failures }: LoweredDraft,
  target: PinnedIndex,
  lower: () => SearchTarget
): void {
  try {
    accepted.push(lowered(target, lower))
  } catch (error) {
    if (!(error instanceof VectorStoreError)) throw error
    failures.push({ index: target.index.metadata.name, error })
  }
}

function loweredOf(draft: LoweredDraft): Lowered {
  const first = draft.failures[0]
  if (first !== undefined && draft.accepted.length === 0) throw first.error
  return draft
}

function lowered(target: PinnedIndex, lower: () => SearchTarget): SearchTarget {
  try {
    return lower()
  } catch (error) {
    if (error instanceof VectorStoreError && error.code === 'QUERY_SHARD') {
      const { name, uuid } = target.index.metadata
      throw new VectorStoreError('QUERY_SHARD', error.message, {
        details: { ...error.details, index: name, index_uuid: uuid },
        cause: error.cause
      })
    }
    throw error
  }
}

/** What each index is asked. Errors those of the first index, when none can be asked this. */
export function lowerSearch(targets: readonly PinnedIndex[], search: NodeSearch): Lowered {
  return lowerTargets(targets, (target, position, lower) =>
    lowerTarget(target, position, search, lower)
  )
}

/** The same in steps. */
export function lowerSearchInSteps(
  targets: readonly PinnedIndex[],
  search: NodeSearch
): Steps<Lowered> {
  return lowerTargetsInSteps(targets, queriesOf(search), (target, position, lower) =>
    lowerTarget(target, position, search, lower)
  )
}

/** Runs over the indices that accept; where one of them is damaged it fails alone and the rest run again. */
export function* onSound<T>(
  targets: readonly PinnedIndex[],
  { accepted, failures }: Lowered,
  run: (searched: readonly SearchTarget[], failed: readonly IndexFailure[]) => Steps<T>
): Steps<T> {
  try {
    return yield* run(accepted, failures)
  } catch (error) {
    if (!isDamage(error)) throw error
    const damaged = new Map<SearchTarget, IndexFailure>()
    for (const one of accepted) {
      const damage = yield* damageOf(run([one], []))
      const index = targets[one.index]?.index.metadata.name ?? ''
      if (damage !== null) damaged.set(one, { index, error: damage })
    }
    const sound = accepted.filter((one) => !damaged.has(one))
    if (sound.length === 0) throw error
    return yield* run(sound, [...failures, ...damaged.values()])
  }
}

export function isDamage(error: unknown): error is VectorStoreError {
  return error instanceof VectorStoreError && error.kind === 'corrupt'
}

function* damageOf(run: Steps<unknown>): Steps<VectorStoreError | null> {
  try {
    yield* run
    return null
  } catch (error) {
    if (isDamage(error)) return error
    throw error
  }
}
