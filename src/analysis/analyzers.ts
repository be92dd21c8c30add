/** Analyzers by name: the built-in ones and those that the index settings put together. */
import { VectorStoreError } from '../util/index.ts'
import { porterStem } from './porter-stem.ts'
import { readAnalysisSettings } from './settings.ts'
import type { AnalysisSettings } from './settings.ts'
import { standardTokens, visitAsciiTerms } from './standard-tokenizer.ts'
import {
  englishStopWords,
  foldAscii,
  lowercaseText,
  stopFilter,
  stripPossessive,
  termFilter
} from './token-filters.ts'
import type { Analyzer, Analyzers, Token, TokenFilter, Tokenizer, VisitTerm } from './types.ts'

/** Units of UTF-16 that are analyzed in one step: half a millisecond. */
const pieceLength = 2 ** 12

const tokenizers: ReadonlyMap<string, Tokenizer> = new Map([
  ['standard', standardTokens],
  ['whitespace', (text: string) => patternTokens(text, /\S+/gu)],
  ['letter', (text: string) => patternTokens(text, /\p{L}+/gu)],
  [
    'lowercase',
    (text: string) =>
      patternTokens(text, /\p{L}+/gu).map((token) => ({ ...token, term: token.term.toLowerCase() }))
  ],
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

const builtIn: ReadonlyMap<string, Analyzer> = new Map(
  [
    standardAnalyzer('standard'),
    standardAnalyzer('default'),
    analyzer('simple', tokenizers.get('lowercase')!, []),
    analyzer('whitespace', tokenizers.get('whitespace')!, []),
    analyzer('keyword', wholeText, []),
    analyzer('stop', tokenizers.get('lowercase')!, [stopFilter(englishStopWords)]),
    analyzer('english', standardTokens, [
      termFilter(stripPossessive),
      lowercase,
      stopFilter(englishStopWords),
      termFilter(porterStem)
    ])
  ].map((each) => [each.name, each])
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
      return analyzer('_custom', tokenize, chain as TokenFilter[])
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
    const base = builtIn.get(type)
    if (base === undefined) refuse(`Unknown analyzer type [${type}] for [${name}]`)
    const stops = stopWords === undefined ? [] : [stopFilter(stopWordSet(stopWords))]
    return analyzing(name, (text) => applyFilters(base.analyze(text), stops))
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
  return analyzer(name, tokenizer, chain)
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
  return (text) => applyFilters(wholeText(text), chain)[0]?.term ?? ''
}

function analyzer(name: string, tokenizer: Tokenizer, chain: readonly TokenFilter[]): Analyzer {
  return analyzing(name, (text) => applyFilters(tokenizer(text), chain))
}

function analyzing(name: string, analyze: Analyzer['analyze']): Analyzer {
  const visitTerms = (text: string, visit: VisitTerm): void => {
    for (const { term, position } of analyze(text)) visit(term, position)
  }
  return {
    name,
    analyze,
    visitTerms,
    *visitTermsInSteps(text, visit) {
      yield
      visitTerms(text, visit)
    }
  }
}

/** Most text goes through it, and most of that is ASCII: no token is made for its words. */
function standardAnalyzer(name: string): Analyzer {
  const whole = analyzer(name, standardTokens, [lowercase])
  const visitTerms = (text: string, visit: VisitTerm): void => {
    if (!visitAsciiTerms(text, visit)) whole.visitTerms(text, visit)
  }
  return {
    ...whole,
    visitTerms,
    *visitTermsInSteps(text, visit) {
      let count = 0
      for (const piece of piecesOf(text)) {
        yield
        const before = count
        visitTerms(piece, (term, position) => {
          count = before + position + 1
          visit(term, before + position)
        })
      }
    }
  }
}

/** Of a text that has blanks or lines, pieces that end behind one: no word goes across. */
function* piecesOf(text: string): IterableIterator<string> {
  for (let from = 0; from < text.length;) {
    let end = Math.min(from + pieceLength, text.length)
    while (end < text.length && !isBlank(text.charCodeAt(end - 1))) end++
    yield text.slice(from, end)
    from = end
  }
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a
}

function applyFilters(tokens: readonly Token[], chain: readonly TokenFilter[]): readonly Token[] {
  let current = tokens
  for (const filter of chain) current = filter(current)
  return current
}

function patternTokens(text: string, pattern: RegExp): Token[] {
  return [...text.matchAll(pattern)].map((match, position) => ({
    term: match[0],
    startOffset: match.index,
    endOffset: match.index + match[0].length,
    position,
    type: 'word'
  }))
}

function wholeText(text: string): Token[] {
  return [{ term: text, startOffset: 0, endOffset: text.length, position: 0, type: 'word' }]
}

function refuse(message: string): never {
  throw new VectorStoreError('REQUEST_ARGUMENT', message)
}
