import type { Steps } from '../util/index.ts'

/** One term of a text. Offsets are UTF-16 positions in the text, as Elasticsearch's `_analyze` prints them. */
export type Token = {
  readonly term: string
  readonly startOffset: number
  readonly endOffset: number
  /** From 0; a removed stop word leaves a gap. */
  readonly position: number
  /** '<ALPHANUM>', '<NUM>', '<IDEOGRAPHIC>' …, or 'word' where the tokenizer knows no kinds. */
  readonly type: string
}

export type Analyzer = {
  readonly name: string
  analyze(text: string): readonly Token[]
  /** Those of `analyze`, in lists of a step each. */
  tokens(text: string): Iterable<readonly Token[]>
  /** Terms and positions of `analyze`, in its order, for who wants nothing else: indexing. */
  visitTerms(text: string, visit: VisitTerm): void
  /** The same of a long text, in steps. */
  visitTermsInSteps(text: string, visit: VisitTerm): Steps<void>
}

export type VisitTerm = (term: string, position: number) => void

/** Text to tokens, the first step of an analyzer: in lists of a step each, made when they are asked for. */
export type Tokenizer = (text: string) => Iterable<readonly Token[]>
/** Tokens to tokens, each by itself: lower case, stop words … */
export type TokenFilter = (tokens: readonly Token[]) => readonly Token[]

export type Analyzers = {
  /** Analyzer of that name, built in or from the settings; null when there is none. */
  get(name: string): Analyzer | null
  /** Keyword normalizer of that name (`lowercase` or from the settings); null when there is none. */
  normalizer(name: string): ((text: string) => string) | null
  /** An analyzer put together on the spot, as `_analyze` asks. null when a part has no such name. */
  custom(tokenizer: string, filters: readonly string[]): Analyzer | null
}
