/** Token filters: lower case, ASCII folding, stop words, possessives. */
import type { Token, TokenFilter } from './types.ts'

/** Lucene's English stop words (EnglishAnalyzer.ENGLISH_STOP_WORDS_SET). */
export const englishStopWords: ReadonlySet<string> = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they ' +
    'this to was will with'
  ).split(' ')
)

export function lowercaseText(text: string): string {
  return text.toLowerCase()
}

/** Letters with diacritics to their ASCII base; other characters stay. */
export function foldAscii(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replaceAll(/[ßæÆœŒøØłŁđĐ]/g, (character) => foldings.get(character) ?? character)
}

const foldings: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['Æ', 'AE'],
  ['œ', 'oe'],
  ['Œ', 'OE'],
  ['ø', 'o'],
  ['Ø', 'O'],
  ['ł', 'l'],
  ['Ł', 'L'],
  ['đ', 'd'],
  ['Đ', 'D']
])

/** Applies a change of text to every term. */
export function termFilter(change: (term: string) => string): TokenFilter {
  return (tokens) => tokens.map((token) => ({ ...token, term: change(token.term) }))
}

/** Drops terms; positions of the others stay, so phrases know of the gap. */
export function stopFilter(words: ReadonlySet<string>): TokenFilter {
  return (tokens) => tokens.filter((token: Token) => !words.has(token.term))
}

/** `dog's` to `dog`, as the english analyzer has it. */
export function stripPossessive(term: string): string {
  return term.replace(/['’＇][sS]$/, '')
}
