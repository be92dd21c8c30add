/**
 * Terms of a long text, as numbers: an object and a list for each of thousands of terms would be copied by each collection of young
 * ones, as long as the documents of a request are under way.
 */
import type { TermOccurrences } from '../segment/index.ts'
import { Growable, MadeList, NumberedStrings } from '../util/index.ts'
import type { Steps } from '../util/index.ts'

/** Tokens that are put to their terms in one step: a quarter of a millisecond. */
const stepTokens = 2 ** 14

const numbers = (length: number): Int32Array => new Int32Array(length)

export class TextTerms {
  readonly #terms = new NumberedStrings()
  /** How often each term came. */
  readonly #counts = new Growable(numbers)
  /** Of each token: the number of its term, and its position. */
  readonly #tokens = new Growable(numbers)

  add(term: string, position: number): void {
    const number = this.#terms.add(term)
    if (number === this.#counts.length) this.#counts.push(0)
    this.#counts.array[number]! += 1
    this.#tokens.push(number)
    this.#tokens.push(position)
  }

  /** Cost: two looks at each token. */
  *list(): Steps<MadeList<TermOccurrences>> {
    const ends = this.#counts.array.slice(0, this.#terms.length)
    for (let at = 1; at < ends.length; at++) ends[at]! += ends[at - 1]!
    const tokens = this.#tokens.array
    const positions = new Int32Array(this.#tokens.length / 2)
    // From behind, so that those of a term end up ascending and each end becomes the start of its term.
    for (let at = this.#tokens.length - 2; at >= 0; at -= 2) {
      positions[--ends[tokens[at]!]!] = tokens[at + 1]!
      if (at % (2 * stepTokens) === 0) yield
    }
    const terms = this.#terms.strings
    return new MadeList(terms.length, (place) => {
      const end = ends[place + 1] ?? positions.length
      const own: number[] = []
      for (let at = ends[place]!; at < end; at++) own.push(positions[at]!)
      return { term: terms[place]!, positions: own }
    })
  }
}
