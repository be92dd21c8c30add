/** '_a': the generation in base 36, as Lucene names segments. */
export function segmentName(generation: number): string {
  return `_${generation.toString(36)}`
}
