/**
 * The mini-language of `query_string` and `q=` as tokens.
 *
 * | token  | text                                              |
 * | ------ | ------------------------------------------------- |
 * | mark   | ( ) + - !                                         |
 * | word   | AND OR NOT are operators; others may hold * ? \x  |
 * | phrase | "…", optionally ~slop                             |
 * | range  | [a TO b] {a TO b}, >a >=a <a <=a                  |
 * | field  | name: in front of a word, phrase, range or (      |
 * | boost  | ^number behind a word, phrase, range or )         |
 */
import { VectorStoreError } from '../../util/index.ts'

export type QueryStringToken =
  | { readonly type: 'mark'; readonly mark: '(' | ')' | '+' | '-' | '!' }
  | { readonly type: 'operator'; readonly operator: 'and' | 'or' | 'not' }
  | { readonly type: 'word'; readonly text: string }
  | { readonly type: 'phrase'; readonly text: string; readonly slop: number }
  | {
      readonly type: 'range'
      readonly from: string | null
      readonly to: string | null
      readonly fromInclusive: boolean
      readonly toInclusive: boolean
    }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'boost'; readonly boost: number }

const operators: Readonly<Record<string, 'and' | 'or' | 'not'>> = {
  AND: 'and',
  '&&': 'and',
  OR: 'or',
  '||': 'or',
  NOT: 'not'
}

const patterns = {
  blank: /\s+/y,
  mark: /[()+\-!]/y,
  phrase: /"((?:[^"\\]|\\.)*)"(?:~(\d+))?/y,
  range: /([[{])\s*("[^"]*"|[^\s\]}]+)\s+TO\s+("[^"]*"|[^\s\]}]+)\s*([\]}])/y,
  comparison: /(>=|<=|>|<)("[^"]*"|[^\s()]+)/y,
  boost: /\^(\d+(?:\.\d+)?)/y,
  field: /((?:[^\s()"[\]{}^:\\+\-!]|\\.)(?:[^\s()"[\]{}^:\\]|\\.)*):/y,
  word: /(?:[^\s()"[\]{}^:\\]|\\.)+/y
}

/** Errors REQUEST_PARSE for text that no token starts with. */
export function queryStringTokens(text: string): QueryStringToken[] {
  const tokens: QueryStringToken[] = []
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  while (at < text.length) {
    if (match(patterns.blank) !== null) continue
    const token = nextToken(match)
    if (token === null)
      throw new VectorStoreError('REQUEST_PARSE', `Failed to parse query [${text}]`)
    tokens.push(token)
  }
  return tokens
}

function nextToken(match: (pattern: RegExp) => RegExpExecArray | null): QueryStringToken | null {
  const mark = match(patterns.mark)
  if (mark !== null) return { type: 'mark', mark: mark[0] as '(' }
  const phrase = match(patterns.phrase)
  if (phrase !== null)
    return { type: 'phrase', text: unescape(phrase[1] ?? ''), slop: Number(phrase[2] ?? 0) }
  const range = match(patterns.range)
  if (range !== null)
    return {
      type: 'range',
      from: bound(range[2]),
      to: bound(range[3]),
      fromInclusive: range[1] === '[',
      toInclusive: range[4] === ']'
    }
  const comparison = match(patterns.comparison)
  if (comparison !== null) return comparisonRange(comparison[1] ?? '', bound(comparison[2]))
  const boost = match(patterns.boost)
  if (boost !== null) return { type: 'boost', boost: Number(boost[1]) }
  const field = match(patterns.field)
  if (field !== null) return { type: 'field', name: unescape(field[1] ?? '') }
  const word = match(patterns.word)
  if (word === null) return null
  const operator = operators[word[0]]
  return operator === undefined ? { type: 'word', text: word[0] } : { type: 'operator', operator }
}

function comparisonRange(operator: string, value: string | null): QueryStringToken {
  const isLower = operator.startsWith('>')
  const inclusive = operator.endsWith('=')
  return {
    type: 'range',
    from: isLower ? value : null,
    to: isLower ? null : value,
    fromInclusive: inclusive,
    toInclusive: inclusive
  }
}

function bound(text: string | undefined): string | null {
  if (text === undefined || text === '*') return null
  return text.startsWith('"') ? text.slice(1, -1) : unescape(text)
}

export function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1')
}
