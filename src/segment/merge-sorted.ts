/** Several sequences in the byte order of a term, read as one. */
import { compareTerms } from '../util/index.ts'

export type MergedTerm<T> = {
  readonly term: string
  /** Who has the term, in the order of the sources. */
  readonly found: readonly { readonly source: number; readonly entry: T }[]
}

/**
 * A result is valid until the next one is asked for.
 *
 * Cost     one comparison a source and term: merges have few sources.
 *
 * @param sources  Terms ascend in each, equal ones allowed; an entry is not used after its sequence moved on.
 */
export function mergeSorted<T extends { readonly term: string }>(
  sources: readonly Iterable<T>[]
): Iterable<MergedTerm<T>> {
  // A flush: each of its terms stands alone.
  return sources.length === 1 ? oneByOne(sources[0]!) : sideBySide(sources)
}

function* sideBySide<T extends { readonly term: string }>(
  sources: readonly Iterable<T>[]
): Iterable<MergedTerm<T>> {
  const iterators = sources.map((source) => source[Symbol.iterator]())
  const heads: (T | null)[] = iterators.map((iterator) => headOf(iterator))
  for (;;) {
    let least: string | null = null
    for (const head of heads)
      if (head !== null && (least === null || compareTerms(head.term, least) < 0)) least = head.term
    if (least === null) return
    const found: { source: number; entry: T }[] = []
    for (let source = 0; source < heads.length; source++) {
      const entry = heads[source]!
      if (entry !== null && entry.term === least) found.push({ source, entry })
    }
    yield { term: least, found }
    for (const { source } of found) heads[source] = headOf(iterators[source]!)
  }
}

function* oneByOne<T extends { readonly term: string }>(
  source: Iterable<T>
): Iterable<MergedTerm<T>> {
  let merged: { term: string; readonly found: readonly [{ source: number; entry: T }] } | null =
    null
  for (const entry of source) {
    merged ??= { term: '', found: [{ source: 0, entry }] }
    merged.term = entry.term
    merged.found[0].entry = entry
    yield merged
  }
}

function headOf<T>(iterator: Iterator<T>): T | null {
  const next = iterator.next()
  return next.done === true ? null : next.value
}
