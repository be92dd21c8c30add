import type { Expression, Statement } from './ast.ts'
import { compileExpression } from './expression-compiler.ts'
import { ScriptFault, ScriptSyntaxFault } from './fault.ts'
import { itemsOf } from './members.ts'
import type { Runtime } from './runtime.ts'
import type { Scope } from './scope.ts'
import { box, coerce, declaredType, isNumber, toBoolean } from './typed.ts'
import type { StaticType, Typed } from './typed.ts'
import { classNameOf } from './value.ts'
import { VectorStoreError } from '../util/index.ts'

/** How a statement ended. `returned` means that the runtime's `result` holds the value. */
type Outcome = 'normal' | 'break' | 'continue' | 'returned'

/** A statement compiled; a return leaves its value in slot 0. */
export type Execution = (runtime: Runtime) => Outcome

/** Where a script leaves what it returns. */
export const resultSlot = 0

type Compilers = {
  [K in Statement['kind']]: (node: Extract<Statement, { kind: K }>, scope: Scope) => Execution
}

const compilers: Compilers = {
  block: ({ statements }, scope) => scope.block(() => compileStatements(statements, scope)),
  declare: compileDeclaration,
  if: compileIf,
  for: compileFor,
  forEach: compileForEach,
  while: ({ condition, body }, scope) =>
    scope.loop(() => loop(conditionOf(condition, scope), compileStatement(body, scope), null)),
  doWhile: compileDoWhile,
  return: ({ value, offset }, scope) => {
    const given: Typed =
      value === null ? { type: 'int', run: () => 0 } : compileExpression(value, scope)
    const { run } = coerce(given, 'double', offset, true)
    return (runtime) => {
      runtime.slots[resultSlot] = run(runtime)
      return 'returned'
    }
  },
  break: ({ offset }, scope) => jump('break', offset, scope),
  continue: ({ offset }, scope) => jump('continue', offset, scope),
  throw: ({ value, offset }, scope) => {
    const thrown = box(compileExpression(value, scope))
    return (runtime) => {
      const fault = thrown(runtime)
      runtime.offset = offset
      if (fault instanceof ScriptFault) throw fault
      throw new ScriptFault(
        'ClassCastException',
        `Cannot cast from [${classNameOf(fault)}] to [java.lang.Exception].`
      )
    }
  },
  try: compileTry,
  expression: ({ value }, scope) => {
    const { run } = compileExpression(value, scope)
    return (runtime) => {
      run(runtime)
      return 'normal'
    }
  }
}

/** Compiles statements that follow each other. Errors  ScriptSyntaxFault. */
export function compileStatements(statements: readonly Statement[], scope: Scope): Execution {
  const steps = statements.map((statement) => compileStatement(statement, scope))
  if (steps.length === 1) return steps[0]!
  return (runtime) => {
    for (const step of steps) {
      const outcome = step(runtime)
      if (outcome !== 'normal') return outcome
    }
    return 'normal'
  }
}

function compileStatement(node: Statement, scope: Scope): Execution {
  const compiler = compilers[node.kind] as (node: Statement, scope: Scope) => Execution
  return compiler(node, scope)
}

function jump(outcome: 'break' | 'continue', offset: number, scope: Scope): Execution {
  if (scope.isInLoop) return () => outcome
  throw new ScriptSyntaxFault(`${outcome} statement outside of a loop`, offset)
}

function compileDeclaration(
  node: Extract<Statement, { kind: 'declare' }>,
  scope: Scope
): Execution {
  const type = declaredType(node.type)
  const steps = node.variables.map(({ name, value }) => {
    const initial = value === null ? null : compileExpression(value, scope)
    const { run } = coerce(initial ?? defaultOf(type), type, node.offset)
    const { slot } = scope.declare(name, type, node.offset)
    return (runtime: Runtime): void => {
      runtime.slots[slot] = run(runtime)
    }
  })
  return (runtime) => {
    for (const step of steps) step(runtime)
    return 'normal'
  }
}

function defaultOf(type: StaticType): Typed {
  if (isNumber(type)) return { type, run: () => 0 }
  return type === 'boolean' ? { type, run: () => false } : { type: 'def', run: () => null }
}

function conditionOf(condition: Expression, scope: Scope): (runtime: Runtime) => boolean {
  return toBoolean(compileExpression(condition, scope), condition.offset)
}

function compileIf(node: Extract<Statement, { kind: 'if' }>, scope: Scope): Execution {
  const test = conditionOf(node.condition, scope)
  const yes = scope.block(() => compileStatement(node.yes, scope))
  const { no } = node
  const otherwise = no === null ? null : scope.block(() => compileStatement(no, scope))
  return (runtime) => {
    if (test(runtime)) return yes(runtime)
    return otherwise === null ? 'normal' : otherwise(runtime)
  }
}

function loop(
  test: ((runtime: Runtime) => boolean) | null,
  body: Execution,
  step: ((runtime: Runtime) => unknown) | null
): Execution {
  return (runtime) => {
    for (;;) {
      if (test !== null && !test(runtime)) return 'normal'
      runtime.step()
      const outcome = body(runtime)
      if (outcome === 'returned') return outcome
      if (outcome === 'break') return 'normal'
      step?.(runtime)
    }
  }
}

function compileFor(node: Extract<Statement, { kind: 'for' }>, scope: Scope): Execution {
  return scope.loop(() => {
    const start = node.start === null ? null : compileStatement(node.start, scope)
    const test = node.condition === null ? null : conditionOf(node.condition, scope)
    const step = node.step === null ? null : compileExpression(node.step, scope).run
    const turns = loop(
      test,
      scope.block(() => compileStatement(node.body, scope)),
      step
    )
    return (runtime) => {
      start?.(runtime)
      return turns(runtime)
    }
  })
}

function compileForEach(
  { type, name, items, body, offset }: Extract<Statement, { kind: 'forEach' }>,
  scope: Scope
): Execution {
  return scope.loop(() => {
    const list = box(compileExpression(items, scope))
    const held = declaredType(type)
    const { slot } = scope.declare(name, held, offset)
    const current = scope.hiddenSlot()
    const { run } = coerce({ type: 'def', run: (r) => r.slots[current] }, held, offset)
    const turn = compileStatement(body, scope)
    return (runtime) => {
      const walked = list(runtime)
      runtime.offset = offset
      for (const item of itemsOf(walked)) {
        runtime.step()
        runtime.slots[current] = item
        runtime.slots[slot] = run(runtime)
        const outcome = turn(runtime)
        if (outcome === 'returned') return outcome
        if (outcome === 'break') break
      }
      return 'normal'
    }
  })
}

function compileDoWhile(node: Extract<Statement, { kind: 'doWhile' }>, scope: Scope): Execution {
  return scope.loop(() => {
    const body = compileStatement(node.body, scope)
    const again = loop(conditionOf(node.condition, scope), body, null)
    return (runtime) => {
      runtime.step()
      const outcome = body(runtime)
      if (outcome === 'returned') return outcome
      return outcome === 'break' ? 'normal' : again(runtime)
    }
  })
}

function compileTry(node: Extract<Statement, { kind: 'try' }>, scope: Scope): Execution {
  const body = scope.block(() => compileStatement(node.body, scope))
  return scope.block(() => {
    const { slot } = scope.declare(node.name, 'def', node.offset)
    const handler = compileStatement(node.handler, scope)
    return (runtime) => {
      try {
        return body(runtime)
      } catch (error) {
        const fault = asFault(error)
        if (fault === null || !fault.isCaughtBy(node.type)) throw error
        runtime.slots[slot] = fault
        return handler(runtime)
      }
    }
  })
}

/** An error as an exception of the script; null: it is not the script's. */
export function asFault(error: unknown): ScriptFault | null {
  if (error instanceof ScriptFault) return error
  if (!(error instanceof VectorStoreError) || error.code !== 'SCRIPT_RUNTIME') return null
  return new ScriptFault('IllegalArgumentException', error.message)
}
