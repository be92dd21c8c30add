/** The tree of a script, as it is written; `offset` is a place in its text. */

export type NumberType = 'int' | 'long' | 'float' | 'double'

type At = { readonly offset: number }

export type Expression = At &
  (
    | { readonly kind: 'number'; readonly type: NumberType; readonly value: number }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
    | BinaryExpression
    | {
        readonly kind: 'logical'
        readonly operator: '&&' | '||'
        readonly left: Expression
        readonly right: Expression
      }
    | {
        readonly kind: 'conditional'
        readonly condition: Expression
        readonly yes: Expression
        readonly no: Expression
      }
    | { readonly kind: 'elvis'; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'cast'; readonly type: string; readonly operand: Expression }
    | { readonly kind: 'instanceof'; readonly type: string; readonly operand: Expression }
    | MemberExpression
    | CallExpression
    | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
    | {
        readonly kind: 'assign'
        readonly target: Expression
        /** '' for plain assignment, else the operator before the '='. */
        readonly operator: string
        readonly value: Expression
      }
    | {
        readonly kind: 'increment'
        readonly target: Expression
        readonly operator: '+' | '-'
        readonly isPrefix: boolean
      }
    | { readonly kind: 'newArray'; readonly type: string; readonly size: Expression }
    | {
        readonly kind: 'newArrayOf'
        readonly type: string
        readonly values: readonly Expression[]
      }
    | { readonly kind: 'newObject'; readonly type: string; readonly args: readonly Expression[] }
    | { readonly kind: 'list'; readonly values: readonly Expression[] }
    | {
        readonly kind: 'map'
        readonly entries: readonly (readonly [Expression, Expression])[]
      }
  )

type BinaryExpression = {
  readonly kind: 'binary'
  readonly operator: string
  readonly left: Expression
  readonly right: Expression
}
type MemberExpression = {
  readonly kind: 'member'
  readonly object: Expression
  readonly name: string
  /** `?.`: null stays null. */
  readonly isSafe: boolean
}
type CallExpression = {
  readonly kind: 'call'
  readonly object: Expression | null
  readonly name: string
  readonly args: readonly Expression[]
  readonly isSafe: boolean
}

export type Statement = At &
  (
    | { readonly kind: 'block'; readonly statements: readonly Statement[] }
    | {
        readonly kind: 'declare'
        readonly type: string
        readonly variables: readonly { readonly name: string; readonly value: Expression | null }[]
      }
    | {
        readonly kind: 'if'
        readonly condition: Expression
        readonly yes: Statement
        readonly no: Statement | null
      }
    | {
        readonly kind: 'for'
        readonly start: Statement | null
        readonly condition: Expression | null
        readonly step: Expression | null
        readonly body: Statement
      }
    | {
        readonly kind: 'forEach'
        readonly type: string
        readonly name: string
        readonly items: Expression
        readonly body: Statement
      }
    | { readonly kind: 'while'; readonly condition: Expression; readonly body: Statement }
    | { readonly kind: 'doWhile'; readonly condition: Expression; readonly body: Statement }
    | { readonly kind: 'return'; readonly value: Expression | null }
    | { readonly kind: 'break' }
    | { readonly kind: 'continue' }
    | { readonly kind: 'throw'; readonly value: Expression }
    | {
        readonly kind: 'try'
        readonly body: Statement
        readonly type: string
        readonly name: string
        readonly handler: Statement
      }
    | { readonly kind: 'expression'; readonly value: Expression }
  )
