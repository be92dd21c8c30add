import type { Expression, NumberType } from './ast.ts'
import { ScriptSyntaxFault } from './fault.ts'
import type { Token } from './lexer.ts'
import type { TokenStream } from './token-stream.ts'

/** Binary operators, weakest first; all group from the left. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '===', '!=='],
  ['<', '>', '<=', '>='],
  ['<<', '>>', '>>>'],
  ['+', '-'],
  ['*', '/', '%']
]
const comparisonLevel = 6
/** Operators in a row; the stack holds about ten times as many. */
const chainLengthMax = 500
const assignments: ReadonlySet<string> = new Set([
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '<<=',
  '>>=',
  '>>>='
])
const primitives: ReadonlySet<string> = new Set([
  'int',
  'long',
  'float',
  'double',
  'boolean',
  'byte',
  'short',
  'char',
  'def'
])

/** Reads an expression. Errors  ScriptSyntaxFault. */
export function parseExpression(tokens: TokenStream): Expression {
  return tokens.nest(() => parseAssignment(tokens))
}

/** A type as written: dots, generic parameters left out, brackets kept. */
export function parseType(tokens: TokenStream): string {
  let type = tokens.expectName().text
  while (tokens.is('.') && tokens.peek(1).kind === 'name') {
    tokens.take()
    type = tokens.take().text
  }
  if (tokens.is('<')) skipGenerics(tokens)
  while (tokens.is('[') && tokens.is(']', 1)) {
    tokens.take()
    tokens.take()
    type += '[]'
  }
  return type
}

function skipGenerics(tokens: TokenStream): void {
  tokens.expect('<')
  while (!tokens.accept('>')) if (!tokens.accept(',')) parseType(tokens)
}

function parseAssignment(tokens: TokenStream): Expression {
  const target = parseConditional(tokens)
  const { text, offset, kind } = tokens.peek()
  if (kind !== 'operator' || !assignments.has(text)) return target
  tokens.take()
  checkTarget(target)
  const value = parseExpression(tokens)
  return { kind: 'assign', target, operator: text.slice(0, -1), value, offset }
}

function checkTarget(target: Expression): void {
  const isPlace = target.kind === 'name' || target.kind === 'index' || target.kind === 'member'
  if (!isPlace)
    throw new ScriptSyntaxFault(
      'cannot assign a value to something else than a variable',
      target.offset
    )
}

function parseConditional(tokens: TokenStream): Expression {
  const condition = parseBinary(tokens, 0)
  const { offset } = tokens.peek()
  if (tokens.accept('?:')) {
    const right = parseExpression(tokens)
    return { kind: 'elvis', left: condition, right, offset }
  }
  if (!tokens.accept('?')) return condition
  const yes = parseExpression(tokens)
  tokens.expect(':')
  const no = tokens.nest(() => parseConditional(tokens))
  return { kind: 'conditional', condition, yes, no, offset }
}

function parseBinary(tokens: TokenStream, level: number): Expression {
  if (level === levels.length) return parseUnary(tokens)
  let left = parseBinary(tokens, level + 1)
  for (let length = 0; ; length++) {
    checkLength(tokens, length)
    const { text, offset, kind } = tokens.peek()
    if (level === comparisonLevel && tokens.accept('instanceof')) {
      left = { kind: 'instanceof', operand: left, type: parseType(tokens), offset }
      continue
    }
    if (kind !== 'operator' || !levels[level]!.includes(text)) return left
    tokens.take()
    const right = parseBinary(tokens, level + 1)
    left =
      text === '&&' || text === '||'
        ? { kind: 'logical', operator: text, left, right, offset }
        : { kind: 'binary', operator: text, left, right, offset }
  }
}

/** A chain like 1 + 1 + 1 is a tree as deep as it is long. */
function checkLength(tokens: TokenStream, length: number): void {
  if (length > chainLengthMax)
    throw new ScriptSyntaxFault(
      `an expression has more than ${chainLengthMax} operators in a row.`,
      tokens.peek().offset
    )
}

function parseUnary(tokens: TokenStream): Expression {
  const { text, offset, kind } = tokens.peek()
  if (kind === 'operator' && ['+', '-', '!', '~'].includes(text)) {
    tokens.take()
    const operand = tokens.nest(() => parseUnary(tokens))
    return { kind: 'unary', operator: text, operand, offset }
  }
  if (kind === 'operator' && (text === '++' || text === '--')) {
    tokens.take()
    const target = tokens.nest(() => parseUnary(tokens))
    checkTarget(target)
    return {
      kind: 'increment',
      target,
      operator: text === '++' ? '+' : '-',
      isPrefix: true,
      offset
    }
  }
  if (isCast(tokens)) {
    tokens.take()
    const type = parseType(tokens)
    tokens.expect(')')
    const operand = tokens.nest(() => parseUnary(tokens))
    return { kind: 'cast', type, operand, offset }
  }
  return parsePostfix(tokens)
}

/** `(type)` before something that begins an operand; `(name)` alone is an expression in brackets. */
function isCast(tokens: TokenStream): boolean {
  if (!tokens.is('(') || tokens.peek(1).kind !== 'name') return false
  let at = 2
  while (tokens.is('[', at) && tokens.is(']', at + 1)) at += 2
  if (!tokens.is(')', at)) return false
  if (primitives.has(tokens.peek(1).text)) return true
  const next = tokens.peek(at + 1)
  const isType = /^[A-Z]/.test(tokens.peek(1).text)
  return isType && (next.kind !== 'operator' || next.text === '(') && next.kind !== 'end'
}

function parsePostfix(tokens: TokenStream): Expression {
  let value = parsePrimary(tokens)
  for (let length = 0; ; length++) {
    checkLength(tokens, length)
    const { offset, text } = tokens.peek()
    if (tokens.is('.') || tokens.is('?.')) {
      tokens.take()
      value = parseMember(tokens, value, text === '?.', offset)
    } else if (tokens.accept('[')) {
      const index = parseExpression(tokens)
      tokens.expect(']')
      value = { kind: 'index', object: value, index, offset }
    } else if (tokens.is('++') || tokens.is('--')) {
      tokens.take()
      checkTarget(value)
      const operator = text === '++' ? '+' : '-'
      value = { kind: 'increment', target: value, operator, isPrefix: false, offset }
    } else return value
  }
}

function parseMember(
  tokens: TokenStream,
  object: Expression,
  isSafe: boolean,
  offset: number
): Expression {
  const name = tokens.expectName().text
  if (!tokens.is('(')) return { kind: 'member', object, name, isSafe, offset }
  return { kind: 'call', object, name, args: parseArguments(tokens), isSafe, offset }
}

function parseArguments(tokens: TokenStream): Expression[] {
  tokens.expect('(')
  return parseList(tokens, ')')
}

function parseList(tokens: TokenStream, end: string): Expression[] {
  const values: Expression[] = []
  if (tokens.accept(end)) return values
  do values.push(parseExpression(tokens))
  while (tokens.accept(','))
  tokens.expect(end)
  return values
}

function parsePrimary(tokens: TokenStream): Expression {
  const token = tokens.peek()
  const { offset } = token
  if (token.kind === 'number') return numberOf(tokens.take())
  if (token.kind === 'string') return { kind: 'string', value: tokens.take().text, offset }
  if (tokens.accept('(')) {
    const inner = parseExpression(tokens)
    tokens.expect(')')
    return inner
  }
  if (tokens.accept('[')) return parseListOrMap(tokens, offset)
  if (token.kind !== 'name') throw tokens.fault()
  return parseWord(tokens, tokens.take())
}

function parseWord(tokens: TokenStream, { text, offset }: Token): Expression {
  if (text === 'true' || text === 'false')
    return { kind: 'boolean', value: text === 'true', offset }
  if (text === 'null') return { kind: 'null', offset }
  if (text === 'new') return parseNew(tokens, offset)
  if (!tokens.is('(')) return { kind: 'name', name: text, offset }
  const args = parseArguments(tokens)
  return { kind: 'call', object: null, name: text, args, isSafe: false, offset }
}

function parseListOrMap(tokens: TokenStream, offset: number): Expression {
  if (tokens.accept(':')) {
    tokens.expect(']')
    return { kind: 'map', entries: [], offset }
  }
  if (tokens.accept(']')) return { kind: 'list', values: [], offset }
  const first = parseExpression(tokens)
  if (!tokens.is(':')) {
    const values = [first]
    while (tokens.accept(',')) values.push(parseExpression(tokens))
    tokens.expect(']')
    return { kind: 'list', values, offset }
  }
  const entries: [Expression, Expression][] = []
  let key = first
  for (;;) {
    tokens.expect(':')
    entries.push([key, parseExpression(tokens)])
    if (!tokens.accept(',')) break
    key = parseExpression(tokens)
  }
  tokens.expect(']')
  return { kind: 'map', entries, offset }
}

function parseNew(tokens: TokenStream, offset: number): Expression {
  const type = parseType(tokens)
  if (type.endsWith('[]')) {
    tokens.expect('{')
    return { kind: 'newArrayOf', type: type.slice(0, -2), values: parseList(tokens, '}'), offset }
  }
  if (tokens.is('(')) return { kind: 'newObject', type, args: parseArguments(tokens), offset }
  tokens.expect('[')
  const size = parseExpression(tokens)
  tokens.expect(']')
  return { kind: 'newArray', type, size, offset }
}

function numberOf({ text, offset }: Token): Expression {
  const isHex = /^0[xX]/.test(text)
  const suffix = isHex ? /[lL]$/.exec(text)?.[0] : /[lLfFdD]$/.exec(text)?.[0]
  const digits = suffix === undefined ? text : text.slice(0, -1)
  const value = Number(digits)
  const type = numberType(suffix?.toLowerCase(), !isHex && /[.eE]/.test(digits))
  if (type === 'int' && value > 2_147_483_648)
    throw new ScriptSyntaxFault(`Invalid int constant [${text}].`, offset)
  return { kind: 'number', type, value: type === 'float' ? Math.fround(value) : value, offset }
}

function numberType(suffix: string | undefined, isDecimal: boolean): NumberType {
  if (suffix === 'l') return 'long'
  if (suffix === 'f') return 'float'
  return suffix === 'd' || isDecimal ? 'double' : 'int'
}
