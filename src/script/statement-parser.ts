import type { Expression, Statement } from './ast.ts'
import { parseExpression, parseType } from './expression-parser.ts'
import { TokenStream } from './token-stream.ts'

/**
 * Parses a script. A last expression without a semicolon, or with one, is what the script returns.
 *
 * Errors   ScriptSyntaxFault with the place.
 */
export function parseScript(source: string): Statement[] {
  const tokens = new TokenStream(source)
  const statements: Statement[] = []
  while (tokens.peek().kind !== 'end') {
    if (!tokens.accept(';')) statements.push(parseStatement(tokens))
  }
  const last = statements.at(-1)
  if (last?.kind === 'expression')
    statements[statements.length - 1] = { ...last, kind: 'return', value: last.value }
  return statements
}

type StatementParser = (tokens: TokenStream, offset: number) => Statement

const parsers: ReadonlyMap<string, StatementParser> = new Map<string, StatementParser>([
  ['if', parseIf],
  ['for', parseFor],
  ['while', parseWhile],
  ['do', parseDoWhile],
  ['try', parseTry],
  [
    'return',
    (tokens, offset) => {
      const value = isEnd(tokens) ? null : parseExpression(tokens)
      endStatement(tokens)
      return { kind: 'return', value, offset }
    }
  ],
  [
    'break',
    (tokens, offset) => {
      endStatement(tokens)
      return { kind: 'break', offset }
    }
  ],
  [
    'continue',
    (tokens, offset) => {
      endStatement(tokens)
      return { kind: 'continue', offset }
    }
  ],
  [
    'throw',
    (tokens, offset) => {
      const value = parseExpression(tokens)
      endStatement(tokens)
      return { kind: 'throw', value, offset }
    }
  ]
])

function parseStatement(tokens: TokenStream): Statement {
  return tokens.nest(() => {
    const { offset, kind, text } = tokens.peek()
    if (tokens.is('{')) return parseBlock(tokens)
    const parser = kind === 'name' ? parsers.get(text) : undefined
    if (parser !== undefined) {
      tokens.take()
      return parser(tokens, offset)
    }
    const statement = parseSimple(tokens)
    endStatement(tokens)
    return statement
  })
}

/** A declaration or an expression, without its semicolon. */
function parseSimple(tokens: TokenStream): Statement {
  const { offset } = tokens.peek()
  if (isDeclaration(tokens)) return parseDeclaration(tokens)
  return { kind: 'expression', value: parseExpression(tokens), offset }
}

/** `Type name`, with brackets, dots or generic parameters between them. */
function isDeclaration(tokens: TokenStream): boolean {
  if (tokens.peek().kind !== 'name' || tokens.is('new')) return false
  let at = 1
  while (tokens.is('.', at) && tokens.peek(at + 1).kind === 'name') at += 2
  if (tokens.is('<', at)) {
    while (tokens.peek(at).kind === 'name' || tokens.is('<', at) || tokens.is(',', at)) at += 1
    if (!tokens.is('>', at)) return false
    at += 1
  }
  while (tokens.is('[', at) && tokens.is(']', at + 1)) at += 2
  return tokens.peek(at).kind === 'name' && !tokens.is('instanceof', at)
}

function parseDeclaration(tokens: TokenStream): Statement {
  const { offset } = tokens.peek()
  const type = parseType(tokens)
  const variables: { name: string; value: Expression | null }[] = []
  do {
    const name = tokens.expectName().text
    variables.push({ name, value: tokens.accept('=') ? parseExpression(tokens) : null })
  } while (tokens.accept(','))
  return { kind: 'declare', type, variables, offset }
}

function parseBlock(tokens: TokenStream): Statement {
  const { offset } = tokens.expect('{')
  const statements: Statement[] = []
  while (!tokens.accept('}')) {
    if (tokens.peek().kind === 'end') throw tokens.fault(', was expecting [}]')
    if (!tokens.accept(';')) statements.push(parseStatement(tokens))
  }
  return { kind: 'block', statements, offset }
}

function parseIf(tokens: TokenStream, offset: number): Statement {
  const condition = parseCondition(tokens)
  const yes = parseStatement(tokens)
  const no = tokens.accept('else') ? parseStatement(tokens) : null
  return { kind: 'if', condition, yes, no, offset }
}

function parseCondition(tokens: TokenStream): Expression {
  tokens.expect('(')
  const condition = parseExpression(tokens)
  tokens.expect(')')
  return condition
}

function parseFor(tokens: TokenStream, offset: number): Statement {
  tokens.expect('(')
  const forEach = parseForEach(tokens, offset)
  if (forEach !== null) return forEach
  const start = tokens.is(';') ? null : parseSimple(tokens)
  tokens.expect(';')
  const condition = tokens.is(';') ? null : parseExpression(tokens)
  tokens.expect(';')
  const step = tokens.is(')') ? null : parseExpression(tokens)
  tokens.expect(')')
  return { kind: 'for', start, condition, step, body: parseBody(tokens), offset }
}

/** `for (def x : list)` and `for (x in list)`; null for the other form. */
function parseForEach(tokens: TokenStream, offset: number): Statement | null {
  const isShort = tokens.peek().kind === 'name' && tokens.is('in', 1)
  let at = 1
  while (tokens.is('[', at) && tokens.is(']', at + 1)) at += 2
  const isTyped = tokens.peek(at).kind === 'name' && tokens.is(':', at + 1)
  if (!isShort && !isTyped) return null
  const type = isShort ? 'def' : parseType(tokens)
  const name = tokens.expectName().text
  tokens.take()
  const items = parseExpression(tokens)
  tokens.expect(')')
  return { kind: 'forEach', type, name, items, body: parseBody(tokens), offset }
}

function parseBody(tokens: TokenStream): Statement {
  const { offset } = tokens.peek()
  return tokens.accept(';') ? { kind: 'block', statements: [], offset } : parseStatement(tokens)
}

function parseWhile(tokens: TokenStream, offset: number): Statement {
  return { kind: 'while', condition: parseCondition(tokens), body: parseBody(tokens), offset }
}

function parseDoWhile(tokens: TokenStream, offset: number): Statement {
  const body = parseStatement(tokens)
  tokens.expect('while')
  const condition = parseCondition(tokens)
  endStatement(tokens)
  return { kind: 'doWhile', condition, body, offset }
}

function parseTry(tokens: TokenStream, offset: number): Statement {
  const body = parseBlock(tokens)
  tokens.expect('catch')
  tokens.expect('(')
  const type = parseType(tokens)
  const name = tokens.expectName().text
  tokens.expect(')')
  return { kind: 'try', body, type, name, handler: parseBlock(tokens), offset }
}

function isEnd(tokens: TokenStream): boolean {
  return tokens.is(';') || tokens.is('}') || tokens.peek().kind === 'end'
}

/** A semicolon; the last statement of a block or script may leave it out. */
function endStatement(tokens: TokenStream): void {
  if (tokens.accept(';') || isEnd(tokens)) return
  throw tokens.fault(', was expecting one of [;]')
}
