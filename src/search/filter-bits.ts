import { cacheKeyOf, simplify } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import { noMoreDocs } from '../segment/index.ts'
import type { SegmentReader, SegmentView } from '../segment/index.ts'
import { BitSet, finishAtOnce } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import { filterCache } from './filter-cache.ts'
import { levelBits, previousMember } from './levels.ts'
import { prepare } from './prepared-weight.ts'
import { rootLevel } from './weight.ts'
import type { Level, Weight, WeightContext } from './weight.ts'

/** A filter of a vector search, bound: which documents of a segment may be returned, deletes not taken off. */
export type DocFilter = {
  /** Equal for filters that let the same documents of a segment pass; null: it cannot be said. */
  readonly key: string | null
  /** Not to be written to: others may have the same set. */
  docs(segment: SegmentView): BitSet
  /** Finds in slices what `docs` gives, where it is not known. */
  findAhead(segment: SegmentView): Steps<void>
}

/**
 * Binds a filter for vectors that lie in the documents of `vectorPath`. Each of its conditions speaks of the nested documents
 * themselves when all fields it names lie below the path, else of the roots; a root that passes lets all its nested
 * documents pass.
 */
export function* bindFilter(
  filter: Query,
  vectorPath: string,
  context: WeightContext
): Steps<DocFilter> {
  const { deadline } = context.search
  const conditions: Condition[] = []
  for (const part of conjunctsOf(simplify(filter))) {
    const level: Level =
      vectorPath !== '' && liesBelow(part, `${vectorPath}.`)
        ? { path: vectorPath, outer: rootLevel }
        : rootLevel
    conditions.push(bindCondition(part, level, vectorPath, context))
    // A key is as long as its condition: of thousands they take ten milliseconds.
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
  }
  return new AllConditions(conditions, deadline)
}

/** One condition of a filter. */
type Condition = {
  /** As that of a filter. */
  readonly key: string | null
  /** Documents that it lets pass. Not to be written to. */
  find(segment: SegmentView): Steps<BitSet>
}

/**
 * Documents that pass each of some conditions. What one lets pass is taken off as soon as it is found: of thousands, a set of bits
 * each would be hundreds of megabytes in a segment of a million documents.
 */
class AllConditions implements DocFilter {
  readonly key: string | null
  readonly #conditions: readonly Condition[]
  readonly #deadline: Deadline
  readonly #ahead = new Map<SegmentReader, BitSet>()

  constructor(conditions: readonly Condition[], deadline: Deadline) {
    this.#conditions = conditions
    this.#deadline = deadline
    const keys = conditions.map(({ key }) => key)
    this.key = keys.includes(null) ? null : JSON.stringify(keys)
  }

  docs(segment: SegmentView): BitSet {
    return this.#ahead.get(segment.reader) ?? finishAtOnce(this.#find(segment))
  }

  *findAhead(segment: SegmentView): Steps<void> {
    const { reader } = segment
    if (!this.#ahead.has(reader)) this.#ahead.set(reader, yield* this.#find(segment))
  }

  *#find(segment: SegmentView): Steps<BitSet> {
    const [first, ...others] = this.#conditions
    const found = yield* first!.find(segment)
    if (others.length === 0) return found
    const bits = found.copy()
    for (const condition of others) {
      bits.intersect(yield* condition.find(segment))
      this.#deadline.check()
      if (this.#deadline.isDue) yield* this.#deadline.pause()
    }
    return bits
  }
}

function bindCondition(
  part: Query,
  level: Level,
  vectorPath: string,
  context: WeightContext
): Condition {
  const key = cacheKeyOf(part)
  const bound = new BoundCondition(part, level, vectorPath, context)
  return key === null
    ? bound
    : new KeptCondition(bound, JSON.stringify([level.path, vectorPath, key]))
}

/** A condition of one search. */
class BoundCondition implements Condition {
  readonly key = null
  readonly #part: Query
  readonly #level: Level
  readonly #vectorPath: string
  readonly #context: WeightContext
  #weight: Weight | null = null

  constructor(part: Query, level: Level, vectorPath: string, context: WeightContext) {
    this.#part = part
    this.#level = level
    this.#vectorPath = vectorPath
    // What its weights need of a segment is prepared where its own documents are found, and nowhere else.
    this.#context = { ...context, search: { ...context.search, preparations: null } }
  }

  *find(segment: SegmentView): Steps<BitSet> {
    const level = this.#level
    const context = { ...this.#context, level, boost: 1, scoring: false }
    this.#weight ??= context.create(this.#part, context)
    const bits = yield* matchingBits(this.#weight, segment, this.#context)
    const roots = levelBits(segment.reader, '')
    const isJoined = level.path !== this.#vectorPath && roots !== null
    return isJoined ? withChildren(bits, roots) : bits
  }
}

/** A condition whose documents are kept for the searches that follow. */
class KeptCondition implements Condition {
  readonly key: string
  readonly #bound: BoundCondition

  constructor(bound: BoundCondition, key: string) {
    this.#bound = bound
    this.key = key
  }

  *find(segment: SegmentView): Steps<BitSet> {
    const { reader } = segment
    const known = filterCache.known(reader, this.key)
    if (known !== null) return known.bits
    return filterCache.keep(reader, this.key, yield* this.#bound.find(whole(segment))).bits
  }
}

/** What is kept is true whatever is deleted later: deletes are not taken off, nothing lies behind the watermark. */
function whole(segment: SegmentView): SegmentView {
  return { ...segment, docCount: segment.reader.docCount, liveDocs: null }
}

/** Documents of the segment that the weight matches; some that are deleted may be among them. */
function* matchingBits(
  weight: Weight,
  segment: SegmentView,
  context: WeightContext
): Steps<BitSet> {
  const { docCount, reader } = segment
  const { deadline } = context.search
  const bits = new BitSet(reader.docCount)
  yield* prepare(context.search, segment)
  const scorer = weight.scorer(segment)
  if (scorer === null) return bits
  for (let doc = scorer.next(); doc < docCount && doc !== noMoreDocs; doc = scorer.next()) {
    deadline.step(scorer.width)
    if (scorer.matches()) bits.add(doc)
    if (deadline.isDue) yield* deadline.pause()
  }
  return bits
}

function withChildren(matching: BitSet, roots: BitSet): BitSet {
  const bits = new BitSet(matching.capacity)
  for (let doc = matching.next(0); doc !== -1; doc = matching.next(doc + 1)) {
    if (!roots.has(doc)) continue
    for (let child = previousMember(roots, doc) + 1; child <= doc; child++) bits.add(child)
  }
  return bits
}

/** Conditions that must all hold. */
function conjunctsOf(query: Query): readonly Query[] {
  const isPlain = query.type === 'bool' && query.should.length === 0 && query.mustNot.length === 0
  if (!isPlain) return [query]
  return [...query.must, ...query.filter].flatMap(conjunctsOf)
}

/** True when the query can match nested documents only: it names fields, all below the prefix. */
function liesBelow(query: Query, prefix: string): boolean {
  switch (query.type) {
    case 'bool':
      return liesBelowBool(query, prefix)
    case 'constantScore':
      return liesBelow(query.filter, prefix)
    case 'disMax':
      return query.queries.every((child) => liesBelow(child, prefix))
    case 'exists':
      return query.fields.every((field) => field.name.startsWith(prefix))
    default:
      return 'field' in query && typeof query.field === 'object'
        ? query.field.name.startsWith(prefix)
        : false
  }
}

function liesBelowBool(query: Extract<Query, { type: 'bool' }>, prefix: string): boolean {
  const required = [...query.must, ...query.filter]
  if (required.length > 0) return required.some((child) => liesBelow(child, prefix))
  // Nothing but exclusions: roots match too, so they are about the roots.
  return query.should.length > 0 && query.should.every((child) => liesBelow(child, prefix))
}
