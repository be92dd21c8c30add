import test from 'ava'
import { BodyNode, locate } from '../../../src/dialect/body-node.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const text = '{"a": [1, {"b \\" c": {"x": 2}}],\n  "d": 3}'
const root = new BodyNode(JSON.parse(text))

function position(node: BodyNode | undefined, isName = false): string {
  const fault = locate(node?.fieldFault('here', { isName }), Buffer.from(text))
  return fault instanceof Error ? fault.message : 'no fault'
}

test('locate: a value has the line and column of its first character', (t) => {
  t.is(position(root), '[1:1] here')
  t.is(position(root.member('a')), '[1:7] here')
  t.is(position(root.member('a')?.elements()[1]?.member('b " c')?.member('x')), '[1:28] here')
  t.is(position(root.member('d')), '[2:8] here')
})

test('locate: a name has its own', (t) => {
  t.is(position(root.member('d'), true), '[2:3] here')
})

test('locate: causes are located too, and a body without text has one place', (t) => {
  const inner = root.member('d')?.parseFault('inner')
  const outer = root.member('a')?.fieldFault('outer', { cause: inner })
  const located = locate(outer, Buffer.from(text)) as VectorStoreError
  t.is(located.message, '[1:7] outer')
  t.deepEqual((located.cause as VectorStoreError).details, { line: 2, col: 8 })
  const object = locate(root.member('d')?.fieldFault('here'), null) as Error
  t.is(object.message, '[1:1] here')
})

test('locate: other errors stay what they are', (t) => {
  const error = new VectorStoreError('REQUEST_ARGUMENT', 'plain')
  t.is(locate(error, Buffer.from(text)), error)
  const foreign = new TypeError('x')
  t.is(locate(foreign, Buffer.from(text)), foreign)
})

test('member: names of the prototype are no members', (t) => {
  t.is(root.member('constructor'), undefined)
  t.is(root.member('__proto__'), undefined)
})

test('elements: a value that is no array is its only element', (t) => {
  t.deepEqual(
    root
      .member('d')
      ?.elements()
      .map(({ value }) => value),
    [3]
  )
})
