/** Weights of the queries that name many terms of a field: documents of any of their lists, with one score. */
import { compilePrefix, compileWildcard } from '../query/index.ts'
import type { Query } from '../query/index.ts'
import { BitSetIterator } from '../segment/index.ts'
import type { TermsReader } from '../segment/index.ts'
import { BitSet, compareTerms } from '../util/index.ts'
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

/** Terms whose lists are few, or the documents of many. */
type Union =
  | { readonly terms: readonly string[] }
  | { readonly docs: BitSet; readonly cost: number }

export function termSetWeight(query: Leaf<'termSet'>, context: WeightContext): Weight {
  return listsWeight(query, context, () => query.terms)
}

export function termPatternWeight(query: Leaf<'termPattern'>, context: WeightContext): Weight {
  const compile = query.kind === 'prefix' ? compilePrefix : compileWildcard
  const pattern = compile(query.pattern, query.caseInsensitive)
  return listsWeight(query, context, (terms, deadline) => {
    if (pattern.isLiteral) return [pattern.prefix]
    return termsFrom(terms, pattern.prefix, deadline, (term) => {
      if (!term.startsWith(pattern.prefix)) return null
      return pattern.matches(term)
    })
  })
}

export function termRangeWeight(query: Leaf<'termRange'>, context: WeightContext): Weight {
  const { from, to, fromInclusive, toInclusive } = query
  return listsWeight(query, context, (terms, deadline) =>
    termsFrom(terms, from ?? '', deadline, (term) => {
      const order = to === null ? -1 : compareTerms(term, to)
      if (order > 0 || (order === 0 && !toInclusive)) return null
      return fromInclusive || term !== from
    })
  )
}

/**
 * Terms from one on that are wanted, in order.
 *
 * @param isWanted  null: this one is not, nor are those behind it.
 */
function* termsFrom(
  terms: TermsReader,
  from: string,
  deadline: Deadline,
  isWanted: (term: string) => boolean | null
): Steps<readonly string[]> {
  const wanted: string[] = []
  let next: string | null = from
  while (next !== null) {
    const first: string = next
    next = null
    terms.visitTerms(first, (term) => {
      deadline.step()
      if (deadline.isDue) {
        next = term
        return false
      }
      const answer = isWanted(term)
      if (answer === true) wanted.push(term)
      return answer !== null
    })
    if (deadline.isDue) yield* deadline.pause()
  }
  return wanted
}

function listsWeight(
  query: Leaf<'termSet' | 'termPattern' | 'termRange'>,
  context: WeightContext,
  termsOf: (terms: TermsReader, deadline: Deadline) => readonly string[] | Steps<readonly string[]>
): Weight {
  const { field } = query
  if (isColumnOnly(field)) return keywordColumnWeight(query, context)
  const { deadline } = context.search
  return preparedWeight<Union>(
    context.search,
    function* (reader) {
      const terms = reader.terms(field.number)
      if (terms === null) return { terms: [] }
      const named = termsOf(terms, deadline)
      const names = 'next' in named ? yield* named : named
      return yield* unite(terms, names, reader.docCount, deadline)
    },
    (union, { reader }) => unionScorer(union, reader.terms(field.number), context.boost)
  )
}

function* unite(
  terms: TermsReader,
  names: readonly string[],
  docCount: number,
  deadline: Deadline
): Steps<Union> {
  const found: string[] = []
  let docs: BitSet | null = null
  let cost = 0
  const add = function* (list: DocIterator, to: BitSet): Steps<void> {
    cost += list.cost
    for (let doc = list.next(); doc < docCount; doc = list.next()) {
      to.add(doc)
      deadline.step()
      if (deadline.isDue) yield* deadline.pause()
    }
  }
  for (const name of names) {
    const list = terms.postings(name)
    deadline.step()
    if (deadline.isDue) yield* deadline.pause()
    if (list === null) continue
    if (docs !== null) yield* add(list, docs)
    else if (found.push(name) > listsInHeapMax) {
      docs = new BitSet(docCount)
      for (const each of found) yield* add(terms.postings(each)!, docs)
    }
  }
  return docs === null ? { terms: found } : { docs, cost }
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
