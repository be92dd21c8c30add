/**
 * " did you mean [x]?" for a name that nobody knows, or the empty string.
 *
 * Source   Elasticsearch SuggestingErrorOnUnknown: names whose edit similarity (1 - edits / longer length) is above
 *          0.5, best first, ties by name.
 */
export function suggest(name: string, candidates: Iterable<string>, least = 0.5): string {
  const close = suggestions(name, candidates, least)
  if (close.length === 0) return ''
  return close.length === 1
    ? ` did you mean [${close[0]}]?`
    : ` did you mean any of [${close.join(', ')}]?`
}

/** @param least  Similarity that a candidate must exceed. */
export function suggestions(name: string, candidates: Iterable<string>, least = 0.5): string[] {
  const close: { readonly similarity: number; readonly candidate: string }[] = []
  for (const candidate of candidates) {
    const similarity = 1 - editCount(name, candidate) / Math.max(name.length, candidate.length, 1)
    if (similarity > least) close.push({ similarity, candidate })
  }
  close.sort((a, b) => b.similarity - a.similarity || (a.candidate < b.candidate ? -1 : 1))
  return close.map(({ candidate }) => candidate)
}

/** Levenshtein distance. */
function editCount(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
