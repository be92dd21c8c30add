import { VectorStoreError } from '../util/index.ts'

/**
 * How many of `optionalCount` clauses must match, from what `minimum_should_match` says: 3, '-1', '75%', '-25%', and conditions
 * '2<75% 9<-3' (more than 2 clauses: 75 %, more than 9: all but 3).
 *
 * Source   Elasticsearch, Queries.calculateMinShouldMatch: percentages round towards zero, in float32.
 * Errors   REQUEST_ARGUMENT when it is none of these.
 *
 * @param spec      null: nothing was said.
 * @param required  The bool has must or filter clauses, so that none of the optional ones need match.
 */
export function parseMinimumShouldMatch(
  spec: string | number | null,
  optionalCount: number,
  required: boolean
): number {
  const least = required || optionalCount === 0 ? 0 : 1
  if (spec === null) return least
  const count = Math.max(0, parseSpec(String(spec).trim(), optionalCount, String(spec)))
  return Math.max(least, count)
}

function parseSpec(text: string, optionalCount: number, whole: string): number {
  if (text.includes('<')) return parseConditions(text, optionalCount, whole)
  if (text.endsWith('%')) {
    const share = parseInteger(text.slice(0, -1), whole)
    const count = Math.trunc(Math.fround((optionalCount * share) / 100))
    return share < 0 ? optionalCount + count : count
  }
  const count = parseInteger(text, whole)
  return count < 0 ? optionalCount + count : count
}

function parseConditions(text: string, optionalCount: number, whole: string): number {
  let result = optionalCount
  for (const condition of text.replaceAll(/\s*<\s*/g, '<').split(/\s+/)) {
    const [bound = '', spec = ''] = condition.split('<')
    if (optionalCount <= parseInteger(bound, whole)) return result
    result = Math.max(0, parseSpec(spec, optionalCount, whole))
  }
  return result
}

function parseInteger(text: string, whole: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new VectorStoreError('REQUEST_ARGUMENT', `For input string: "${whole}"`)
  return Number(text)
}
