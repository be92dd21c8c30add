/** The nearest sets of a segment, all of them or hash candidates, as the documents that they are. */
import { assert, finishAtOnce } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { NearestRequest, NearestRows, VectorIndex } from '../vector/index.ts'
import { lastScoring } from './best-candidates.ts'
import type { CandidateDocs } from './candidate-scorer.ts'
import type { Deadline } from './deadline.ts'
import { Scorer } from './scorer.ts'
import type { ScoredList } from './scorer.ts'

/** Whose sets: what never changes of the requests for them. */
export type SetsAsked = Pick<NearestRequest, 'query' | 'space' | 'accept' | 'sharing'> & {
  /** Finds those that are compared, valid until another search of the kernels' memory; null: all are. */
  readonly find: (() => Uint32Array) | null
}

type SetIndex = Pick<VectorIndex, 'size' | 'nearestRows'>

export class NearestSets {
  readonly #index: SetIndex
  readonly #asked: SetsAsked
  readonly #score: (raw: number) => number
  readonly #docs: CandidateDocs
  readonly #smallIsNear: boolean

  /** @param score  Raw values that are farther never score higher. */
  constructor(
    index: SetIndex,
    asked: SetsAsked,
    score: (raw: number) => number,
    docs: CandidateDocs
  ) {
    this.#index = index
    this.#asked = asked
    this.#score = score
    this.#docs = docs
    this.#smallIsNear = asked.space !== 'jaccard'
  }

  /** Those that score no lower than the best `wanted` do, and perhaps more. */
  listed(wanted: number): ScoredList {
    return finishAtOnce(this.steps(wanted, null))
  }

  /** The same in pieces. */
  *steps(wanted: number, deadline: Deadline | null): Steps<ScoredList> {
    // Who is no root is no match: all may be wanted then.
    const most = this.#docs.areRoots ? wanted : Infinity
    let ords = this.#asked.find?.() ?? null
    const total = ords?.length ?? this.#index.size
    const parts: NearestRows[] = []
    for (let from = 0; from < total;) {
      const part = this.#nearest(ords, most, from)
      parts.push(part)
      from = part.next
      deadline?.check()
      if (deadline?.isDue !== true) continue
      // Other searches use the kernels' memory meanwhile.
      if (from < total) ords = ords?.slice() ?? null
      yield* deadline.pause()
    }
    return this.#listOf(parts, most)
  }

  #nearest(ords: Uint32Array | null, wanted: number, from: number): NearestRows {
    const { query, space, accept, sharing } = this.#asked
    const lastOf = (worst: number): number =>
      lastScoring(this.#score(worst), this.#score, this.#smallIsNear)
    const request = { query, space, ords, accept, sharing, wanted, lastOf, from }
    const found = this.#index.nearestRows?.(request) ?? null
    assert(found !== null, 'indexes of sets tell the nearest')
    return found
  }

  #listOf(parts: readonly NearestRows[], wanted: number): ScoredList {
    const { ords, values, count } = joined(parts)
    // Scores take the place of the values, which are nobody else's.
    const scores = values
    for (let at = 0; at < values.length; at++) scores[at] = this.#score(values[at]!)
    const listed = parts.length === 1 ? withoutLateTies(ords, scores, wanted) : ords.length
    return {
      docs: this.#docs.docsOf(ords.subarray(0, listed)),
      scores: scores.subarray(0, listed),
      leftOutCount: count - listed
    }
  }
}

/** Parts ascend. */
function joined(parts: readonly NearestRows[]): Pick<NearestRows, 'ords' | 'values' | 'count'> {
  if (parts.length === 1) return parts[0]!
  let room = 0
  let count = 0
  for (const part of parts) {
    room += part.ords.length
    count += part.count
  }
  const ords = new Uint32Array(room)
  const values = new Float32Array(room)
  let at = 0
  for (const part of parts) {
    ords.set(part.ords, at)
    values.set(part.values, at)
    at += part.ords.length
  }
  return { ords, values, count }
}

/** Of those that score as the last that is wanted does the first are better; moves who is wanted to the front, and gives how many. */
function withoutLateTies(ords: Uint32Array, scores: Float32Array, wanted: number): number {
  if (ords.length <= wanted) return ords.length
  let least = Infinity
  for (let at = 0; at < scores.length; at++) if (scores[at]! < least) least = scores[at]!
  let ties = wanted
  for (let at = 0; at < scores.length; at++) if (scores[at]! > least) ties -= 1
  let listed = 0
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at]!
    if (score === least && ties-- <= 0) continue
    ords[listed] = ords[at]!
    scores[listed++] = score
  }
  return listed
}

/** Sets that match. Who wants only the best of them has no others opened. */
export class SetScorer extends Scorer {
  readonly #near: NearestSets
  readonly #open: () => Scorer
  #opened: Scorer | null = null

  /** @param open  All of them, one by one. */
  constructor(near: NearestSets, open: () => Scorer) {
    super()
    this.#near = near
    this.#open = open
  }

  get #all(): Scorer {
    this.#opened ??= this.#open()
    return this.#opened
  }

  get cost(): number {
    return this.#all.cost
  }
  docId(): number {
    return this.#all.docId()
  }
  next(): number {
    return this.#all.next()
  }
  advance(target: number): number {
    return this.#all.advance(target)
  }
  score(): number {
    return this.#all.score()
  }
  override listed(wanted: number): ScoredList {
    return this.#near.listed(wanted)
  }
  override listedSteps(wanted: number, deadline: Deadline): Steps<ScoredList> {
    return this.#near.steps(wanted, deadline)
  }
}
