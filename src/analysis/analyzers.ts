/** Analyzers by name: the built-in ones and those that the index settings put together. */
import { VectorStoreError } from '../util/index.ts'
import { porterStem } from './porter-stem.ts'
import { readAnalysisSettings } from './settings.ts'
import type { AnalysisSettings } from './settings.ts'
import { standardTokens, visitAsciiTerms, visitStandardTerms } from './standard-tokenizer.ts'
import {
  englishStopWords,
  foldAscii,
  lowercaseText,
  stopFilter,
  stripPossessive,
  termFilter
} from './token-filters.ts'
import type { Analyzer, Analyzers, Token, TokenFilter, Tokenizer, VisitTerm } from './types.ts'

/** Matches of a pattern that are found in one step. */
const stepMatches = 512

const tokenizers: ReadonlyMap<string, Tokenizer> = new Map([
  ['standard', standardTokens],
  ['whitespace', (text: string) => patternTokens(text, /\S+/gu)],
  ['letter', (text: string) => patternTokens(text, /\p{L}+/gu)],
  ['lowercase', lowercaseTokens],
  ['keyword', wholeText]
])

const lowercase = termFilter(lowercaseText)

const filters: ReadonlyMap<string, TokenFilter> = new Map([
  ['lowercase', lowercase],
  ['uppercase', termFilter((term) => term.toUpperCase())],
  ['asciifolding', termFilter(foldAscii)],
  ['stop', stopFilter(englishStopWords)],
  ['trim', termFilter((term) => term.trim())],
  ['porter_stem', termFilter(porterStem)],
  ['stemmer', termFilter(porterStem)],
  ['english_possessive', termFilter(stripPossessive)]
])

/** What an analyzer does, whatever its name. */
type Parts = { readonly tokenizer: Tokenizer; readonly chain: readonly TokenFilter[] }

const standard: Parts = { tokenizer: standardTokens, chain: [lowercase] }

const builtInParts: ReadonlyMap<string, Parts> = new Map([
  ['standard', standard],
  ['default', standard],
  ['simple', { tokenizer: lowercaseTokens, chain: [] }],
  ['whitespace', { tokenizer: tokenizers.get('whitespace')!, chain: [] }],
  ['keyword', { tokenizer: wholeText, chain: [] }],
  ['stop', { tokenizer: lowercaseTokens, chain: [stopFilter(englishStopWords)] }],
  [
    'english',
    {
      tokenizer: standardTokens,
      chain: [
        termFilter(stripPossessive),
        lowercase,
        stopFilter(englishStopWords),
        termFilter(porterStem)
      ]
    }
  ]
])

const builtIn: ReadonlyMap<string, Analyzer> = new Map(
  [...builtInParts].map(([name, parts]) => [name, analyzer(name, parts)])
)

/**
 * Reads `analysis.*` of the index settings (flat names).
 *
 * Errors   REQUEST_ARGUMENT when an analyzer names a tokenizer or filter that is not there.
 */
export function createAnalyzers(settings: ReadonlyMap<string, string>): Analyzers {
  const analysis = readAnalysisSettings(settings)
  const ownFilters = new Map<string, TokenFilter>()
  for (const [name, parameters] of analysis.filter) {
    ownFilters.set(name, configuredFilter(name, parameters))
  }
  const filterOf = (name: string): TokenFilter | null =>
    ownFilters.get(name) ?? filters.get(name) ?? null
  const tokenizerOf = (name: string): Tokenizer | null =>
    tokenizers.get(name) ??
    tokenizers.get(analysis.tokenizer.get(name)?.get('type')?.[0] ?? '') ??
    null
  const own = new Map<string, Analyzer>()
  for (const [name, parameters] of analysis.analyzer) {
    own.set(name, configuredAnalyzer(name, parameters, tokenizerOf, filterOf))
  }
  return {
    get: (name) => own.get(name) ?? builtIn.get(name) ?? null,
    normalizer: (name) => normalizerOf(name, analysis, filterOf),
    custom(tokenizer, filterNames) {
      const tokenize = tokenizerOf(tokenizer)
      const chain = filterNames.map(filterOf)
      if (tokenize === null || chain.includes(null)) return null
      return analyzer('_custom', { tokenizer: tokenize, chain: chain as TokenFilter[] })
    }
  }
}

function configuredAnalyzer(
  name: string,
  parameters: ReadonlyMap<string, readonly string[]>,
  tokenizerOf: (name: string) => Tokenizer | null,
  filterOf: (name: string) => TokenFilter | null
): Analyzer {
  const type = parameters.get('type')?.[0] ?? 'custom'
  const stopWords = parameters.get('stopwords')
  if (type !== 'custom') {
    const base = builtInParts.get(type)
    if (base === undefined) refuse(`Unknown analyzer type [${type}] for [${name}]`)
    const stops = stopWords === undefined ? [] : [stopFilter(stopWordSet(stopWords))]
    return analyzer(name, { tokenizer: base.tokenizer, chain: [...base.chain, ...stops] })
  }
  const tokenizerName = parameters.get('tokenizer')?.[0]
  if (tokenizerName === undefined) {
    refuse(`analyzer [${name}] must specify either an analyzer type, or a tokenizer`)
  }
  const tokenizer = tokenizerOf(tokenizerName)
  if (tokenizer === null) {
    refuse(`Custom Analyzer [${name}] failed to find tokenizer under name [${tokenizerName}]`)
  }
  const chain = (parameters.get('filter') ?? []).map((filterName) => {
    const filter = filterOf(filterName)
    if (filter === null) {
      refuse(`Custom Analyzer [${name}] failed to find filter under name [${filterName}]`)
    }
    return filter
  })
  return analyzer(name, { tokenizer, chain })
}

function configuredFilter(
  name: string,
  parameters: ReadonlyMap<string, readonly string[]>
): TokenFilter {
  const type = parameters.get('type')?.[0] ?? ''
  const stopWords = parameters.get('stopwords')
  if (type === 'stop' && stopWords !== undefined) return stopFilter(stopWordSet(stopWords))
  const language = parameters.get('language')?.[0] ?? ''
  if (type === 'stemmer' && language === 'possessive_english') return termFilter(stripPossessive)
  const filter = filters.get(type)
  if (filter === undefined) refuse(`Unknown filter type [${type}] for [${name}]`)
  return filter
}

function stopWordSet(words: readonly string[]): ReadonlySet<string> {
  if (words.length === 1 && words[0] === '_english_') return englishStopWords
  if (words.length === 1 && words[0] === '_none_') return new Set()
  return new Set(words)
}

function normalizerOf(
  name: string,
  analysis: AnalysisSettings,
  filterOf: (name: string) => TokenFilter | null
): ((text: string) => string) | null {
  const names =
    analysis.normalizer.get(name)?.get('filter') ?? (name === 'lowercase' ? [name] : null)
  if (names === null) return null
  const chain: TokenFilter[] = []
  for (const filterName of names) {
    const filter = filterOf(filterName)
    if (filter === null) {
      refuse(`Custom normalizer [${name}] failed to find filter under name [${filterName}]`)
    }
    chain.push(filter)
  }
  return (text) => applyFilters([wholeToken(text)], chain)[0]?.term ?? ''
}

function analyzer(name: string, { tokenizer, chain }: Parts): Analyzer {
  function* tokens(text: string): Generator<readonly Token[], void, undefined> {
    for (const some of tokenizer(text)) yield applyFilters(some, chain)
  }
  const visitTerms = (text: string, visit: VisitTerm): void => {
    for (const some of tokens(text)) for (const { term, position } of some) visit(term, position)
  }
  const analyze = (text: string): readonly Token[] => [...tokens(text)].flat()
  // Most text goes through it, and most of that is ASCII: no token is made for its words.
  if (tokenizer === standardTokens && chain.length === 1 && chain[0] === lowercase)
    return {
      name,
      analyze,
      tokens,
      visitTerms(text, visit) {
        if (!visitAsciiTerms(text, visit)) visitTerms(text, visit)
      },
      visitTermsInSteps: visitStandardTerms
    }
  return {
    name,
    analyze,
    tokens,
    visitTerms,
    *visitTermsInSteps(text, visit) {
      for (const some of tokens(text)) {
        for (const { term, position } of some) visit(term, position)
        yield
      }
    }
  }
}

function applyFilters(tokens: readonly Token[], chain: readonly TokenFilter[]): readonly Token[] {
  let current = tokens
  for (const filter of chain) current = filter(current)
  return current
}

function* patternTokens(
  text: string,
  pattern: RegExp
): Generator<readonly Token[], void, undefined> {
  let position = 0
  let tokens: Token[] = []
  for (const { 0: term, index: startOffset } of text.matchAll(pattern)) {
    const endOffset = startOffset + term.length
    tokens.push({ term, startOffset, endOffset, position: position++, type: 'word' })
    if (tokens.length < stepMatches) continue
    yield tokens
    tokens = []
  }
  if (tokens.length > 0) yield tokens
}

function* lowercaseTokens(text: string): Generator<readonly Token[], void, undefined> {
  for (const tokens of patternTokens(text, /\p{L}+/gu)) yield lowercase(tokens)
}

function* wholeText(text: string): Generator<readonly Token[], void, undefined> {
  yield [wholeToken(text)]
}

function wholeToken(text: string): Token {
  return { term: text, startOffset: 0, endOffset: text.length, position: 0, type: 'word' }
}

function refuse(message: string): never {
  throw new VectorStoreError('REQUEST_ARGUMENT', message)
}
