/**
 * Answers of knn clauses that other threads find before a search runs. The search itself is synchronous, and the same: where it
 * would ask a vector index first, it finds the answer here. Whatever is not here it asks itself.
 */
import type { KnnQuery } from '../query/index.ts'
import type { VectorReader } from '../segment/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { VectorSearchRequest, VectorSearchResult } from '../vector/index.ts'
import { rootContext } from './create-weight.ts'
import { Deadline } from './deadline.ts'
import { firstRequest, segmentSearches } from './knn-search.ts'
import { openTargetSearch } from './target-search.ts'
import type { SearchTarget } from './types.ts'

/** Searches vector indices in other threads; threads/ is one. */
export type VectorThreads = {
  /** null at once: not worth it. A promise of null: the caller is to ask the index himself. */
  search(
    vectors: VectorReader,
    request: VectorSearchRequest
  ): Promise<VectorSearchResult | null> | null
}

/** By clause, then by position of the segment. */
export type KnnAnswers = Map<KnnQuery, (VectorSearchResult | undefined)[]>

/**
 * Asks threads for what the clauses of a search would find; gives the targets with the answers. The segments must stay open until
 * then. null at once: nothing is worth asking.
 *
 * Errors   what ends a thread.
 */
export function askThreads(
  targets: readonly SearchTarget[],
  threads: VectorThreads
): Promise<SearchTarget[]> | null {
  const asked: Promise<void>[] = []
  const answered = targets.map((target) => {
    const answers = answersFor(target, threads, asked)
    return answers === null ? target : { ...target, answers }
  })
  if (asked.length === 0) return null
  return allEnded(asked).then(() => answered)
}

/** null: nothing of this target is worth asking, as with most searches. */
function answersFor(
  target: SearchTarget,
  threads: VectorThreads,
  asked: Promise<void>[]
): KnnAnswers | null {
  let answers: KnnAnswers | null = null
  const context = rootContext(openTargetSearch(target, new Deadline()), true)
  try {
    for (const clause of clausesOf(target)) {
      for (const search of segmentSearches(clause, context)) {
        const answer = threads.search(search.vectors, firstRequest(search, clause))
        if (answer === null) continue
        answers ??= new Map()
        asked.push(note(answer, answers, clause, search.position))
      }
    }
  } catch (error) {
    // The search meets it again, where it is told whose it is.
    if (!(error instanceof VectorStoreError)) throw error
  }
  return answers
}

/** Clauses at the root of a target that ask vector indices for their nearest. */
function clausesOf({ knn, query }: SearchTarget): KnnQuery[] {
  const clauses: KnnQuery[] = knn.filter((clause) => clause !== null)
  if (query?.type === 'knn' && !query.exhaustive) clauses.push(query)
  return clauses
}

async function note(
  answer: Promise<VectorSearchResult | null>,
  answers: KnnAnswers,
  clause: KnnQuery,
  position: number
): Promise<void> {
  let found = answers.get(clause)
  if (found === undefined) answers.set(clause, (found = []))
  const result = await answer
  if (result !== null) found[position] = result
}

/** Waits for all, even where one fails: a thread may still read a segment that its caller would let go. */
async function allEnded(asked: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
}
