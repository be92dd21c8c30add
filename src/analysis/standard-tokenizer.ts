/**
 * The standard tokenizer: words as Unicode's UAX #29 cuts them.
 *
 * Text of ASCII only takes a hand-written path that cuts at the same places as Intl.Segmenter (a property test holds the
 * two together) and is many times faster. Text without blanks between words (Chinese, Japanese, Thai …) is cut into
 * the words of ICU's dictionaries, where Lucene gives single ideographs: a deliberate difference.
 */
import { lowercaseTerm } from './term-cache.ts'
import type { Token, VisitTerm } from './types.ts'

/** Lucene's maxTokenLength: a longer run is cut into pieces of this many UTF-16 units. */
const tokenLengthMax = 255

const segmenter = new Intl.Segmenter('und', { granularity: 'word' })

export function standardTokens(text: string): Token[] {
  const tokens: Token[] = []
  if (isAscii(text)) segmentAscii(text, tokens)
  else segmentUnicode(text, tokens)
  return tokens
}

/** Terms of ASCII text in lower case, as the analyzer `standard` has them; false, and nothing is visited, of other text. */
export function visitAsciiTerms(text: string, visit: VisitTerm): boolean {
  if (!isAscii(text)) return false
  let position = 0
  visitAsciiWords(text, (start, end) => {
    for (let from = start; from < end; from += tokenLengthMax)
      visit(lowercaseTerm(text, from, Math.min(end, from + tokenLengthMax)), position++)
  })
  return true
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return false
  return true
}

/** By Intl.Segmenter; exported for the test that compares the two ways. */
export function segmentUnicode(text: string, tokens: Token[]): void {
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    // ICU calls `__` a word, Lucene's grammar wants a letter or digit in it.
    if (isWordLike !== true || /^_+$/.test(segment)) continue
    addPieces(segment, index, typeOf(segment), tokens)
  }
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
export function segmentAscii(text: string, tokens: Token[]): void {
  visitAsciiWords(text, (start, end, seen) => {
    addPieces(text.slice(start, end), start, (seen & letter) > 0 ? '<ALPHANUM>' : '<NUM>', tokens)
  })
}

/** Rules WB5 to WB13b for ASCII. `seen` has the classes of the word's characters. */
function visitAsciiWords(
  text: string,
  visit: (start: number, end: number, seen: number) => void
): void {
  let at = 0
  while (at < text.length) {
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

function addPieces(segment: string, start: number, type: string, tokens: Token[]): void {
  for (let at = 0; at < segment.length; at += tokenLengthMax) {
    const term = segment.slice(at, at + tokenLengthMax)
    tokens.push({
      term,
      startOffset: start + at,
      endOffset: start + at + term.length,
      position: tokens.length,
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
