/** A search's answer as Elasticsearch prints it. */
import { PlainHits } from '../../node/index.ts'
import type { NodeHit, NodeSearchResult } from '../../node/index.ts'
import { MadeList, RawJson, javaDoubleText, javaFloatText } from '../../util/index.ts'
import { printShardFailure } from '../print-error.ts'
import type { JsonObjectOut } from '../print-error.ts'
import { isPlainHit, plainHit, plainHits } from './plain-hits.ts'
import type { ShownOfHits } from './plain-hits.ts'
import { printProfile } from './print-profile.ts'

export type SearchPrintOptions = {
  /** rest_total_hits_as_int. */
  readonly totalAsInt: boolean
  /** include_named_queries_score. */
  readonly namedScores: boolean
  readonly scrollId: string | null
  readonly pointInTimeId: string | null
  readonly isProfiled: boolean
  readonly nodeId: string
  /** stored_fields: _none_. @default false */
  readonly hidesIds?: boolean
  /** @default everything */
  readonly shown?: ShownOfAnswer
}

/** Which members of an answer are printed at all; parts of them are picked later. */
export type ShownOfAnswer = {
  readonly took: boolean
  readonly timedOut: boolean
  readonly shards: boolean
  readonly total: boolean
  readonly maxScore: boolean
  /** Of a hit that has no more than these; null: all of it. */
  readonly hits: ShownOfHits | null
}

const everything: ShownOfAnswer = {
  took: true,
  timedOut: true,
  shards: true,
  total: true,
  maxScore: true,
  hits: null
}

/** More hits are made when they are printed. */
const printedAtOnceMax = 50
/** Hits that are printed as one text: a quarter of a millisecond. */
const plainAtOnceMax = 1000

export function printSearch(result: NodeSearchResult, options: SearchPrintOptions): JsonObjectOut {
  const { shown = everything } = options
  const answer: JsonObjectOut = {}
  if (options.scrollId !== null) answer['_scroll_id'] = options.scrollId
  if (options.pointInTimeId !== null) answer['pit_id'] = options.pointInTimeId
  if (shown.took) answer['took'] = result.tookMs
  if (shown.timedOut) answer['timed_out'] = result.timedOut
  if (shown.shards)
    answer['_shards'] = shardCounts(result.indexCount, result.failures, options.nodeId)
  answer['hits'] = printInner(result, shown, options)
  if (options.isProfiled) answer['profile'] = printProfile(result.profile, options.nodeId)
  return answer
}

function printInner(
  { hits, total, maxScore }: NodeSearchResult,
  shown: ShownOfAnswer,
  options: SearchPrintOptions
): JsonObjectOut {
  const inner: JsonObjectOut = {}
  if (shown.total) {
    const { totalAsInt } = options
    if (total !== null)
      inner['total'] = totalAsInt ? total.value : { value: total.value, relation: total.relation }
    else if (totalAsInt) inner['total'] = -1
  }
  if (shown.maxScore) inner['max_score'] = maxScore === null ? null : floatText(maxScore)
  inner['hits'] = printHits(hits, options.hidesIds === true ? null : shown.hits, options)
  return inner
}

function printHits(
  hits: NodeSearchResult['hits'],
  shown: ShownOfHits | null,
  options: SearchPrintOptions
): unknown {
  const { length } = hits
  if (shown !== null && hits instanceof PlainHits && length > 0 && length <= plainAtOnceMax)
    return plainHits(hits, shown)
  const print = (hit: NodeHit): unknown =>
    shown !== null && isPlainHit(hit) ? plainHit(hit, shown) : printHit(hit, options)
  return length <= printedAtOnceMax
    ? Array.from(hits, print)
    : new MadeList(length, (at) => print(hits.at(at)!))
}

export function shardCounts(
  total: number,
  failures: NodeSearchResult['failures'] = [],
  nodeId: string | null = null
): JsonObjectOut {
  const counts: JsonObjectOut = {
    total,
    successful: total - failures.length,
    skipped: 0,
    failed: failures.length
  }
  if (failures.length > 0)
    counts['failures'] = failures.map((failure) => printShardFailure(failure, nodeId))
  return counts
}

function printHit(hit: NodeHit, options: SearchPrintOptions): JsonObjectOut {
  const printed: JsonObjectOut = { _index: hit.index }
  if (options.hidesIds !== true) printed['_id'] = hit.id
  if (hit.version !== null) printed['_version'] = hit.version
  if (hit.seqNo !== null) {
    printed['_seq_no'] = hit.seqNo
    printed['_primary_term'] = 1
  }
  printed['_score'] = hit.score === null ? null : floatText(hit.score)
  if (hit.routing !== null) printed['_routing'] = hit.routing
  if (hit.source !== null) printed['_source'] = new RawJson(hit.source)
  if (hit.fields !== null && hit.fields.size > 0) printed['fields'] = hit.fields
  if (hit.sort !== null) printed['sort'] = hit.sort.map(printSortValue)
  if (hit.matched.length > 0) printed['matched_queries'] = printMatched(hit, options.namedScores)
  return printed
}

function printMatched(hit: NodeHit, withScores: boolean): unknown {
  if (!withScores) return hit.matched.map(({ name }) => name)
  return new Map(hit.matched.map(({ name, score }) => [name, floatText(score)]))
}

/** Scores are float32: the fewest digits that give the same float again, as Java prints them. */
function floatText(value: number): RawJson {
  return new RawJson(() => scoreText(value))
}

/** Infinities have quotes, as JSON has no such number; what is no number at all is null. */
function scoreText(value: number): string {
  if (Number.isFinite(value)) return javaFloatText(value)
  return Number.isNaN(value) ? 'null' : `"${value}"`
}

/** Missing values of a numeric sort come as infinities, which JSON does not have. */
function printSortValue(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value
  return Number.isFinite(value) ? new RawJson(javaDoubleText(value)) : String(value)
}
