/** Weights of the queries that name many terms of a field: documents of any of their lists, with one score. */
import { compilePrefix, compileWildcard } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import { BitSetIterator } from '../segment/index.ts'
import type { PostingsIterator, TermsReader } from '../segment/index.ts'
import { BitSet, compareTerms, sortTermsInSteps, termsAtOnceMax } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { Deadline } from './deadline.ts'
import { SumScorer } from './disjunction-scorer.ts'
import { isColumnOnly, keywordColumnWeight } from './keyword-column-weight.ts'
import { preparedWeight } from './prepared-weight.ts'
import { ConstantScorer, FixedScorer } from './scorer.ts'
import type { DocIterator, Scorer } from './scorer.ts'
import type { Weight, WeightContext } from './weight.ts'

type Leaf<T extends Query['type']> = Extract<Query, { type: T }>

/** Lists that are walked side by side; more are united in a bit set first (Lucene's limit for the same choice). */
const listsInHeapMax = 16

/** Lists that are looked up before any is read; they share one look at the clock. */
const listsTogetherMax = 64

/** Terms whose lists are few, or the documents of many. */
type Union =
  | { readonly terms: readonly string[] }
  | { readonly docs: BitSet; readonly cost: number }

type NamedList = { readonly name: string; readonly list: PostingsIterator }

/** The next lists that are wanted, maybe none; null: there are no more. What is named here is never there all at once. */
type NextLists = () => readonly NamedList[] | null

type Wanted = (terms: TermsReader, deadline: Deadline) => NextLists

export function termSetWeight(query: Leaf<'termSet'>, context: WeightContext): Weight {
  if (query.terms.length <= termsAtOnceMax)
    return listsWeight(query, context, (terms) => listsOf(terms, query.terms))
  let sorted: readonly string[] | null = null
  return listsWeight(query, context, (terms) => {
    if (sorted !== null) return listsOf(terms, sorted)
    const sorting = sortTermsInSteps(query.terms)
    let lists: NextLists | null = null
    return () => {
      if (lists !== null) return lists()
      const step = sorting.next()
      if (step.done === true) lists = listsOf(terms, (sorted = step.value))
      return []
    }
  })
}

export function termPatternWeight(query: Leaf<'termPattern'>, context: WeightContext): Weight {
  const compile = query.kind === 'prefix' ? compilePrefix : compileWildcard
  const pattern = compile(query.pattern, query.caseInsensitive)
  return listsWeight(query, context, (terms, deadline) => {
    if (pattern.isLiteral) return listsOf(terms, [pattern.prefix])
    return listsFrom(terms, pattern.prefix, deadline, (term) => {
      if (!term.startsWith(pattern.prefix)) return null
      return pattern.matches(term)
    })
  })
}

export function termRangeWeight(query: Leaf<'termRange'>, context: WeightContext): Weight {
  const { from, to, fromInclusive, toInclusive } = query
  return listsWeight(query, context, (terms, deadline) =>
    listsFrom(terms, from ?? '', deadline, (term) => {
      const order = to === null ? -1 : compareTerms(term, to)
      if (order > 0 || (order === 0 && !toInclusive)) return null
      return fromInclusive || term !== from
    })
  )
}

/** Lists of terms that are known. */
function listsOf(terms: TermsReader, names: readonly string[]): NextLists {
  let from = 0
  return () => {
    if (from >= names.length) return null
    const lists: NamedList[] = []
    const end = Math.min(from + listsTogetherMax, names.length)
    for (; from < end; from++) {
      const name = names[from]!
      const list = terms.postings(name)
      if (list !== null) lists.push({ name, list })
    }
    return lists
  }
}

/**
 * Lists of the terms from one on that are wanted, in order.
 *
 * @param isWanted  null: this one is not, nor are those behind it.
 */
function listsFrom(
  terms: TermsReader,
  from: string,
  deadline: Deadline,
  isWanted: (term: string) => boolean | null
): NextLists {
  let next: string | null = from
  return () => {
    if (next === null) return null
    const first = next
    next = null
    const lists: NamedList[] = []
    terms.visitTerms(first, (term, _docFreq, postings) => {
      deadline.step()
      if (deadline.isDue || lists.length === listsTogetherMax) {
        next = term
        return false
      }
      const answer = isWanted(term)
      if (answer === true) lists.push({ name: term, list: postings() })
      return answer !== null
    })
    return lists
  }
}

function listsWeight(
  query: Leaf<'termSet' | 'termPattern' | 'termRange'>,
  context: WeightContext,
  wanted: Wanted
): Weight {
  const { field } = query
  if (isColumnOnly(field)) return keywordColumnWeight(query, context)
  const { deadline } = context.search
  return preparedWeight<Union>(
    context.search,
    (reader) => unite(reader.terms(field.number), wanted, reader.docCount, deadline),
    (union, { reader }) => unionScorer(union, reader.terms(field.number), context.boost)
  )
}

function* unite(
  terms: TermsReader | null,
  wanted: Wanted,
  docCount: number,
  deadline: Deadline
): Steps<Union> {
  const few: string[] = []
  if (terms === null) return { terms: few }
  let docs: BitSet | null = null
  let cost = 0
  const nextLists = wanted(terms, deadline)
  for (let lists = nextLists(); lists !== null; lists = nextLists()) {
    for (const { name, list } of lists) {
      if (docs === null && few.length === listsInHeapMax) {
        docs = new BitSet(docCount)
        for (const each of few) {
          const first = terms.postings(each)!
          cost += first.cost
          yield* addDocs(first, docs, deadline)
        }
      }
      if (docs === null) few.push(name)
      else {
        cost += list.cost
        yield* addDocs(list, docs, deadline)
      }
    }
    deadline.check()
    if (deadline.isDue) yield* deadline.pause()
  }
  return docs === null ? { terms: few } : { docs, cost }
}

function* addDocs(list: DocIterator, to: BitSet, deadline: Deadline): Steps<void> {
  for (let doc = list.next(); doc < to.capacity; doc = list.next()) {
    to.add(doc)
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
  }
}

function unionScorer(union: Union, terms: TermsReader | null, score: number): Scorer | null {
  if ('docs' in union) {
    const { docs, cost } = union
    return new ConstantScorer(new BitSetIterator(docs, docs.capacity, cost), score)
  }
  return anyScorer(
    union.terms.flatMap((name) => terms?.postings(name) ?? []),
    score
  )
}

/** Documents of any of a few lists. */
export function anyScorer(lists: readonly DocIterator[], score: number): Scorer | null {
  const scorers = lists.map((list) => new ConstantScorer(list, score))
  if (scorers.length < 2) return scorers[0] ?? null
  return new FixedScorer(new SumScorer(scorers, 1), score)
}
