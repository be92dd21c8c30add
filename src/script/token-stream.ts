import { ScriptSyntaxFault } from './fault.ts'
import { tokenize } from './lexer.ts'
import type { Token } from './lexer.ts'

/** Expressions and statements inside each other; a limit so that a hostile script cannot exhaust the stack. */
const depthMax = 200

/** Tokens to be taken one after the other. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  #at: number = 0
  #depth: number = 0

  constructor(source: string) {
    this.#tokens = tokenize(source)
  }

  peek(ahead: number = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!
  }

  take(): Token {
    const token = this.peek()
    this.#at += 1
    return token
  }

  /** True when the next token is this operator or word. */
  is(text: string, ahead: number = 0): boolean {
    const token = this.peek(ahead)
    return token.text === text && (token.kind === 'operator' || token.kind === 'name')
  }

  /** Takes the next token if it is this one. */
  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.#at += 1
    return true
  }

  expect(text: string): Token {
    if (!this.is(text)) throw this.fault(`, was expecting [${text}]`)
    return this.take()
  }

  expectName(): Token {
    if (this.peek().kind !== 'name') throw this.fault(', was expecting an identifier')
    return this.take()
  }

  fault(expectation: string = ''): ScriptSyntaxFault {
    const token = this.peek()
    const what =
      token.kind === 'end'
        ? 'unexpected end of script'
        : `invalid sequence of tokens near ['${token.text}']`
    return new ScriptSyntaxFault(`${what}${expectation}.`, token.offset)
  }

  /** Runs a parser one level deeper. */
  nest<T>(parse: () => T): T {
    this.#depth += 1
    if (this.#depth > depthMax)
      throw new ScriptSyntaxFault(
        `expressions and statements are nested deeper than ${depthMax}.`,
        this.peek().offset
      )
    const result = parse()
    this.#depth -= 1
    return result
  }
}
