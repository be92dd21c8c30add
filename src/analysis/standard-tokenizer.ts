/**
 * The standard tokenizer: words as Unicode's UAX #29 cuts them.
 *
 * Text of ASCII only takes a hand-written path that cuts at the same places as Intl.Segmenter (a property test holds the
 * two together) and is many times faster. Text without blanks between words (Chinese, Japanese, Thai …) is cut into
 * the words of ICU's dictionaries, where Lucene gives single ideographs: a deliberate difference.
 */
import { lowercaseTerm } from './term-cache.ts'
import type { Token, VisitTerm } from './types.ts'
import type { Steps } from '../util/index.ts'

/** Lucene's maxTokenLength: a longer run is cut into pieces of this many UTF-16 units. */
const tokenLengthMax = 255

const segmenter = new Intl.Segmenter('und', { granularity: 'word' })

/** Units of UTF-16 that are gone through in one step: half a millisecond. */
const stepLength = 2 ** 12
/** Words of other text that are found in one step: it takes ten times as long. */
const stepWords = 256

/** What the tokens of a piece of text stand behind. */
type Before = {
  readonly offset: number
  /** Counts on. */
  position: number
}

export function* standardTokens(text: string): Generator<Token[], void, undefined> {
  let offset = 0
  let position = 0
  for (const piece of piecesOf(text)) {
    const before = { offset, position }
    yield* isAscii(piece) ? asciiTokens(piece, before) : unicodeTokens(piece, before)
    offset += piece.length
    position = before.position
  }
}

/** Terms of ASCII text in lower case, as the analyzer `standard` has them; false, and nothing is visited, of other text. */
export function visitAsciiTerms(text: string, visit: VisitTerm): boolean {
  if (!isAscii(text)) return false
  visitLowercase(text, 0, text.length, { offset: 0, position: 0 }, visit)
  return true
}

/** Terms and positions of standardTokens in lower case, in steps. */
export function* visitStandardTerms(text: string, visit: VisitTerm): Steps<void> {
  const before: Before = { offset: 0, position: 0 }
  for (const piece of piecesOf(text)) {
    if (isAscii(piece))
      for (let at = 0; at < piece.length;) {
        at = visitLowercase(piece, at, at + stepLength, before, visit)
        yield
      }
    else
      for (const tokens of unicodeTokens(piece, before)) {
        for (const { term, position } of tokens) visit(term.toLowerCase(), position)
        yield
      }
  }
}

/** Terms of the ASCII words that begin between two places. @returns where to go on. */
function visitLowercase(
  text: string,
  from: number,
  until: number,
  before: Before,
  visit: VisitTerm
): number {
  return visitAsciiWords(text, from, until, (start, end) => {
    for (let at = start; at < end; at += tokenLengthMax)
      visit(lowercaseTerm(text, at, Math.min(end, at + tokenLengthMax)), before.position++)
  })
}

/** Of a text that has blanks or lines, pieces that end behind one: no word goes across. */
function* piecesOf(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length;) {
    let end = Math.min(from + stepLength, text.length)
    while (end < text.length && !isBlank(text.charCodeAt(end - 1))) end++
    yield text.slice(from, end)
    from = end
  }
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return false
  return true
}

/** By Intl.Segmenter; exported for the test that compares the two ways. */
export function* unicodeTokens(text: string, before: Before): Generator<Token[], void, undefined> {
  let tokens: Token[] = []
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    // ICU calls `__` a word, Lucene's grammar wants a letter or digit in it.
    if (isWordLike !== true || /^_+$/.test(segment)) continue
    addTokens(segment, index, typeOf(segment), before, tokens)
    if (tokens.length < stepWords) continue
    yield tokens
    tokens = []
  }
  if (tokens.length > 0) yield tokens
}

const letter = 1
const digit = 2
const underscore = 4
const other = 0

const classes = asciiClasses()

function asciiClasses(): Uint8Array {
  const table = new Uint8Array(128)
  for (let code = 0; code < 128; code++) {
    const character = String.fromCharCode(code)
    if (/[a-zA-Z]/.test(character)) table[code] = letter
    else if (/[0-9]/.test(character)) table[code] = digit
    else table[code] = character === '_' ? underscore : other
  }
  return table
}

/** Exported for the test that compares the two ways. */
export function* asciiTokens(text: string, before: Before): Generator<Token[], void, undefined> {
  for (let at = 0; at < text.length;) {
    const tokens: Token[] = []
    at = visitAsciiWords(text, at, at + stepLength, (start, end, seen) => {
      const type = (seen & letter) > 0 ? '<ALPHANUM>' : '<NUM>'
      addTokens(text.slice(start, end), start, type, before, tokens)
    })
    if (tokens.length > 0) yield tokens
  }
}

/**
 * Rules WB5 to WB13b for ASCII, of the words that begin at or behind `from` and before `until`. `seen` has the classes of the word's
 * characters.
 *
 * @returns where to go on.
 */
function visitAsciiWords(
  text: string,
  from: number,
  until: number,
  visit: (start: number, end: number, seen: number) => void
): number {
  const last = Math.min(until, text.length)
  let at = from
  while (at < last) {
    if (classes[text.charCodeAt(at)] === other) {
      at++
      continue
    }
    const start = at
    let seen = 0
    for (;;) {
      const kind = classes[text.charCodeAt(at)]!
      seen |= kind
      at++
      if (at >= text.length) break
      if (classes[text.charCodeAt(at)] !== other) continue
      if (!joins(text, at, kind)) break
      at++
    }
    if (seen !== underscore) visit(start, at, seen)
  }
  return at
}

/** Is the punctuation at `at`, after a character of class `before`, inside a word? WB6, WB7 (letters), WB11, WB12 (digits). */
function joins(text: string, at: number, before: number): boolean {
  if (at + 1 >= text.length || classes[text.charCodeAt(at + 1)] !== before) return false
  const code = text.charCodeAt(at)
  const isMidNumLet = code === 0x2e || code === 0x27 // . '
  if (before === letter) return isMidNumLet || code === 0x3a // :
  if (before === digit) return isMidNumLet || code === 0x2c || code === 0x3b // , ;
  return false
}

function addTokens(
  segment: string,
  start: number,
  type: string,
  before: Before,
  tokens: Token[]
): void {
  const startOffset = before.offset + start
  for (let at = 0; at < segment.length; at += tokenLengthMax) {
    const term = segment.slice(at, at + tokenLengthMax)
    tokens.push({
      term,
      startOffset: startOffset + at,
      endOffset: startOffset + at + term.length,
      position: before.position++,
      type
    })
  }
}

function typeOf(segment: string): string {
  if (/^[\d.,;'_]+$/.test(segment)) return '<NUM>'
  if (/^\p{ASCII}*$/u.test(segment)) return '<ALPHANUM>'
  if (/^\p{Script=Hangul}+$/u.test(segment)) return '<HANGUL>'
  if (/^\p{Script=Han}+$/u.test(segment)) return '<IDEOGRAPHIC>'
  if (/^\p{Script=Hiragana}+$/u.test(segment)) return '<HIRAGANA>'
  if (/^\p{Script=Katakana}+$/u.test(segment)) return '<KATAKANA>'
  if (/^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+$/u.test(segment)) {
    return '<SOUTHEAST_ASIAN>'
  }
  return /^[\p{Nd}]+$/u.test(segment) ? '<NUM>' : '<ALPHANUM>'
}
