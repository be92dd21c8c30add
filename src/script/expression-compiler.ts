import type { Expression } from './ast.ts'
import {
  compileArray,
  compileFunction,
  compileList,
  compileMap,
  compileMathCall,
  compileNew
} from './calls.ts'
import { DocField } from './doc-values.ts'
import { ScriptSyntaxFault } from './fault.ts'
import { mathConstants } from './math-functions.ts'
import { callMethod, checkIndex, readIndex, readMember, writeIndex } from './members.ts'
import {
  compileBinary,
  compileConditional,
  compileElvis,
  compileInstanceof,
  compileLogical,
  compileUnary
} from './operators.ts'
import type { Runtime } from './runtime.ts'
import type { Scope } from './scope.ts'
import { box, coerce, declaredType, elementOf, isArray, isNumber } from './typed.ts'
import type { Typed } from './typed.ts'
import { JavaNumber, textOf } from './value.ts'

type Compilers = {
  [K in Expression['kind']]: (node: Extract<Expression, { kind: K }>, scope: Scope) => Typed
}

const compilers: Compilers = {
  number: ({ type, value }) => ({ type, run: () => value, isConstant: true }),
  string: ({ value }) => ({ type: 'def', run: () => value, isConstant: true }),
  boolean: ({ value }) => ({ type: 'boolean', run: () => value, isConstant: true }),
  null: () => ({ type: 'def', run: () => null, isConstant: true }),
  name: compileName,
  unary: ({ operator, operand, offset }, scope) =>
    compileUnary(operator, compileExpression(operand, scope), offset),
  binary: ({ operator, left, right, offset }, scope) =>
    compileBinary(
      operator,
      compileExpression(left, scope),
      compileExpression(right, scope),
      offset
    ),
  logical: ({ operator, left, right, offset }, scope) =>
    compileLogical(
      operator,
      compileExpression(left, scope),
      compileExpression(right, scope),
      offset
    ),
  conditional: ({ condition, yes, no, offset }, scope) =>
    compileConditional(
      compileExpression(condition, scope),
      compileExpression(yes, scope),
      compileExpression(no, scope),
      offset
    ),
  elvis: ({ left, right }, scope) =>
    compileElvis(compileExpression(left, scope), compileExpression(right, scope)),
  cast: ({ type, operand, offset }, scope) =>
    coerce(compileExpression(operand, scope), declaredType(type), offset, true),
  instanceof: ({ type, operand }, scope) =>
    compileInstanceof(type, compileExpression(operand, scope)),
  member: compileMember,
  call: compileCall,
  index: compileIndex,
  assign: ({ target, operator, value, offset }, scope) => {
    const given = compileExpression(value, scope)
    if (operator === '') return compileStore(target, given, scope, false)
    const sum = compileBinary(operator, compileExpression(target, scope), given, offset)
    return compileStore(target, sum, scope, true)
  },
  increment: compileIncrement,
  newArray: ({ type, size, offset }, scope) =>
    compileArray(type, compileExpression(size, scope), offset),
  newArrayOf: compileArrayOf,
  newObject: (node, scope) =>
    compileNew(
      node,
      node.args.map((arg) => compileExpression(arg, scope))
    ),
  list: ({ values }, scope) => compileList(values.map((value) => compileExpression(value, scope))),
  map: ({ entries }, scope) =>
    compileMap(
      entries.map(
        ([key, value]) => [compileExpression(key, scope), compileExpression(value, scope)] as const
      )
    )
}

/** Compiles an expression. Errors  ScriptSyntaxFault. */
export function compileExpression(node: Expression, scope: Scope): Typed {
  const compiler = compilers[node.kind] as (node: Expression, scope: Scope) => Typed
  return compiler(node, scope)
}

function compileName({ name, offset }: Extract<Expression, { kind: 'name' }>, scope: Scope): Typed {
  const variable = scope.lookUp(name)
  if (variable !== null) {
    const { slot, type } = variable
    return { type, run: (r) => r.slots[slot] }
  }
  if (name === '_score') return { type: 'double', run: (r) => r.score }
  if (name === 'params') return { type: 'def', run: () => scope.params, isConstant: true }
  if (name === 'explanation') return { type: 'def', run: () => null }
  throw new ScriptSyntaxFault(`cannot resolve symbol [${name}]`, offset)
}

/** `doc['f']` and `doc.f` with a name that is known: the name, else null. */
function docFieldName(node: Expression, scope: Scope): string | null {
  if (node.kind !== 'index' && node.kind !== 'member') return null
  if (!isDoc(node.object, scope)) return null
  if (node.kind === 'member') return node.name
  return node.index.kind === 'string' ? node.index.value : null
}

function isDoc(node: Expression, scope: Scope): boolean {
  return node.kind === 'name' && node.name === 'doc' && scope.lookUp('doc') === null
}

/** The object of a field, made once for a segment. */
function compileDocField(
  name: string,
  scope: Scope
): { readonly type: 'def'; readonly run: (runtime: Runtime) => DocField } {
  const slot = scope.hiddenSlot()
  return {
    type: 'def',
    run: (r) => (r.slots[slot] ??= new DocField(r, name)) as DocField
  }
}

function compileMember(node: Extract<Expression, { kind: 'member' }>, scope: Scope): Typed {
  const { object, name, isSafe, offset } = node
  const ownField = docFieldName(node, scope)
  if (ownField !== null) return compileDocField(ownField, scope)
  if (object.kind === 'name' && scope.lookUp(object.name) === null) {
    const known = compileStaticMember(object.name, name, scope)
    if (known !== null) return known
  }
  const fieldName = docFieldName(object, scope)
  if (fieldName !== null && name === 'value') return compileDocValue(fieldName, scope, offset)
  const of = compileExpression(object, scope)
  if (isArray(of.type) && name === 'length')
    return { type: 'int', run: (r) => (of.run(r) as Float32Array).length }
  const receiver = box(of)
  return {
    type: 'def',
    run: (r) => {
      const value = receiver(r)
      r.offset = offset
      return isSafe && value === null ? null : readMember(value, name)
    }
  }
}

/** Constants of Math and parameters: their types are known. */
function compileStaticMember(object: string, name: string, scope: Scope): Typed | null {
  if (object === 'params') return constant(scope.params.get(name) ?? null)
  if (object === 'Math' && mathConstants.has(name))
    return constant(new JavaNumber('double', mathConstants.get(name)!))
  if (object === 'Integer' && name === 'MAX_VALUE')
    return constant(new JavaNumber('int', 2_147_483_647))
  return null
}

function constant(value: unknown): Typed {
  if (!(value instanceof JavaNumber)) return { type: 'def', run: () => value, isConstant: true }
  return { type: value.type, run: () => value.value, isConstant: true }
}

/** `doc['f'].value`; with the type of the field's column, where that is known. */
function compileDocValue(name: string, scope: Scope, offset: number): Typed {
  const field = compileDocField(name, scope)
  const kind = scope.fieldOf === null ? null : (scope.fieldOf(name)?.kind ?? null)
  const read = (r: Runtime): unknown => {
    r.offset = offset
    return field.run(r).value(0)
  }
  if (kind === 'long' || kind === 'double')
    return { type: kind, run: (r) => (read(r) as JavaNumber).value }
  return { type: kind === 'boolean' ? 'boolean' : 'def', run: read }
}

function compileCall(node: Extract<Expression, { kind: 'call' }>, scope: Scope): Typed {
  const { object, name, isSafe, offset } = node
  const args = node.args.map((arg) => compileExpression(arg, scope))
  if (object === null) return compileFunction(name, args, scope, offset)
  if (object.kind === 'name' && object.name === 'Math' && scope.lookUp('Math') === null)
    return compileMathCall(name, args, offset)
  const values = args.map(box)
  if (isDoc(object, scope)) return compileDocCall(name, values, offset)
  const fieldName = docFieldName(object, scope)
  if (fieldName !== null && name === 'size' && args.length === 0) {
    const field = compileDocField(fieldName, scope)
    return { type: 'int', run: (r) => field.run(r).size() }
  }
  const receiver = box(compileExpression(object, scope))
  return {
    type: 'def',
    run: (r) => {
      const value = receiver(r)
      const given = values.map((arg) => arg(r))
      r.offset = offset
      return isSafe && value === null ? null : callMethod(value, name, given)
    }
  }
}

function compileDocCall(
  name: string,
  args: readonly ((runtime: Runtime) => unknown)[],
  offset: number
): Typed {
  const [key] = args
  if (key !== undefined && name === 'containsKey')
    return { type: 'boolean', run: (r) => r.context.field(textOf(key(r))) !== null }
  if (key !== undefined && name === 'get')
    return { type: 'def', run: (r) => new DocField(r, textOf(key(r))) }
  throw new ScriptSyntaxFault(`method [java.util.Map, ${name}/${args.length}] not found`, offset)
}

function compileIndex(node: Extract<Expression, { kind: 'index' }>, scope: Scope): Typed {
  const { object, offset } = node
  const fieldName = docFieldName(node, scope)
  if (fieldName !== null) return compileDocField(fieldName, scope)
  const index = compileExpression(node.index, scope)
  if (isDoc(object, scope)) {
    const key = box(index)
    return { type: 'def', run: (r) => new DocField(r, textOf(key(r))) }
  }
  const isParameter = object.kind === 'name' && object.name === 'params'
  if (isParameter && node.index.kind === 'string' && scope.lookUp('params') === null)
    return constant(scope.params.get(node.index.value) ?? null)
  const of = compileExpression(object, scope)
  if (isArray(of.type)) {
    const at = coerce(index, 'int', offset).run as (r: Runtime) => number
    return {
      type: elementOf(of.type),
      run: (r) => {
        const array = of.run(r) as Float32Array
        const position = at(r)
        r.offset = offset
        checkIndex(position, array.length)
        return array[position]
      }
    }
  }
  const receiver = box(of)
  const key = box(index)
  return {
    type: 'def',
    run: (r) => {
      const value = receiver(r)
      const at = key(r)
      r.offset = offset
      return readIndex(value, at)
    }
  }
}

/** @param isCast  Compound assignments cast to the target's type by themselves. */
function compileStore(target: Expression, value: Typed, scope: Scope, isCast: boolean): Typed {
  const { offset } = target
  if (target.kind === 'name') {
    const variable = scope.lookUp(target.name)
    if (variable === null)
      throw new ScriptSyntaxFault(`cannot resolve symbol [${target.name}]`, offset)
    const { slot, type } = variable
    const { run } = coerce(value, type, offset, isCast)
    return { type, run: (r) => (r.slots[slot] = run(r)) }
  }
  if (target.kind !== 'index')
    throw new ScriptSyntaxFault('cannot assign a value to a member', offset)
  const receiver = box(compileExpression(target.object, scope))
  const key = box(compileExpression(target.index, scope))
  const given = box(value)
  return {
    type: 'def',
    run: (r) => {
      const stored = given(r)
      const at = key(r)
      r.offset = offset
      writeIndex(receiver(r), at, stored)
      return stored
    }
  }
}

function compileIncrement(node: Extract<Expression, { kind: 'increment' }>, scope: Scope): Typed {
  const { target, operator, isPrefix, offset } = node
  const before = compileExpression(target, scope)
  const one: Typed = { type: 'int', run: () => 1 }
  const after = compileStore(target, compileBinary(operator, before, one, offset), scope, true)
  if (isPrefix || (!isNumber(before.type) && before.type !== 'def')) return after
  return {
    type: before.type,
    run: (r) => {
      const value = before.run(r)
      after.run(r)
      return value
    }
  }
}

function compileArrayOf(
  { type, values, offset }: Extract<Expression, { kind: 'newArrayOf' }>,
  scope: Scope
): Typed {
  const size: Typed = { type: 'int', run: () => values.length }
  const array = compileArray(type, size, offset)
  const items = values.map((value) => box(compileExpression(value, scope)))
  return {
    type: array.type,
    run: (r) => {
      const made = array.run(r)
      for (const [at, item] of items.entries()) writeIndex(made, new JavaNumber('int', at), item(r))
      return made
    }
  }
}
