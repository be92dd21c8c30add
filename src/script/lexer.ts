import { ScriptSyntaxFault } from './fault.ts'

export type Token = {
  readonly kind: 'number' | 'string' | 'name' | 'operator' | 'end'
  /** Operators and names as written; strings decoded. */
  readonly text: string
  readonly offset: number
}

/** Longest first: the first that fits is taken. */
const operators: readonly string[] = [
  '>>>= === !== >>> <<= >>=',
  '&& || == != <= >= ++ -- += -= *= /= %= &= |= ^= << >> ?: ?. -> =~ ::',
  '+ - * / % < > = ! ~ & | ^ ? : ; , . ( ) [ ] { }'
].flatMap((line) => line.split(' '))

const blank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const number = /(?:0[xX][0-9a-fA-F]+[lL]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[lLfFdD]?)/y
const name = /[A-Za-z_$][A-Za-z0-9_$]*/y
const text = /'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*"/y

/** Tokens of a script, the last one of kind 'end'. Errors  ScriptSyntaxFault. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = skip(blank, source, 0)
  while (at < source.length) {
    const token = nextToken(source, at)
    tokens.push(token)
    at = skip(blank, source, tokenEnd(source, token))
  }
  tokens.push({ kind: 'end', text: '', offset: source.length })
  return tokens
}

function nextToken(source: string, offset: number): Token {
  const ofNumber = matchAt(number, source, offset)
  if (ofNumber !== null) return { kind: 'number', text: ofNumber, offset }
  const ofName = matchAt(name, source, offset)
  if (ofName !== null) return { kind: 'name', text: ofName, offset }
  const ofText = matchAt(text, source, offset)
  if (ofText !== null) return { kind: 'string', text: unescape(ofText), offset }
  const operator = operators.find((one) => source.startsWith(one, offset))
  if (operator !== undefined) return { kind: 'operator', text: operator, offset }
  throw new ScriptSyntaxFault(`unexpected character [${source[offset]!}].`, offset)
}

/** Strings differ from their text, so the end is found by matching again. */
function tokenEnd(source: string, token: Token): number {
  const length =
    token.kind === 'string' ? matchAt(text, source, token.offset)!.length : token.text.length
  return token.offset + length
}

function unescape(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\(.)/gu, (_, character: string) => (character === 'n' ? '\n' : character))
}

function matchAt(pattern: RegExp, source: string, offset: number): string | null {
  pattern.lastIndex = offset
  return pattern.exec(source)?.[0] ?? null
}

function skip(pattern: RegExp, source: string, offset: number): number {
  pattern.lastIndex = offset
  pattern.exec(source)
  return Math.max(offset, pattern.lastIndex)
}
