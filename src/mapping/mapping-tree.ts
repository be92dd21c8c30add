/**
 * The tree of objects, fields and aliases of a mapping: read from a definition (onto the tree that was there before),
 * and printed. Trees are immutable.
 */
import type { Analyzers } from '../analysis/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { MappingJson } from './contract.ts'
import type { FieldTypeRegistry, LeafField } from './field-type.ts'
import { argument, textOf } from './leaf-queries.ts'
import { leafText } from './mapping-text.ts'
import { metadataFields } from './metadata-fields.ts'
import { readBoolean, shown } from './parameters.ts'

export type Dynamic = 'true' | 'false' | 'strict' | 'runtime'

export type ObjectNode = {
  readonly kind: 'object'
  readonly path: string
  readonly isNested: boolean
  /** null: as the object above. */
  readonly dynamic: Dynamic | null
  readonly enabled: boolean
  /** Everything but `properties`, as given, for printing. */
  readonly parameters: ReadonlyMap<string, unknown>
  readonly children: ReadonlyMap<string, TreeNode>
}
export type LeafNode = {
  readonly kind: 'leaf'
  readonly path: string
  readonly field: LeafField
  readonly subFields: ReadonlyMap<string, LeafField>
  /** JSON that `GET _mapping` has for it. */
  readonly text: string
}
export type AliasNode = { readonly kind: 'alias'; readonly path: string; readonly target: string }
export type TreeNode = ObjectNode | LeafNode | AliasNode

export type TreeContext = {
  readonly registry: FieldTypeRegistry
  readonly analyzers: Analyzers
  /** Number of a field, given on first sight and never again to another. */
  numberOf(path: string): number
}

export const emptyRoot: ObjectNode = {
  kind: 'object',
  path: '',
  isNested: false,
  dynamic: null,
  enabled: true,
  parameters: new Map(),
  children: new Map()
}

const objectParameters: ReadonlySet<string> = new Set([
  'type',
  'dynamic',
  'enabled',
  'properties',
  'subobjects'
])
const nestedParameters: ReadonlySet<string> = new Set([
  ...objectParameters,
  'include_in_parent',
  'include_in_root'
])

/** Fields that are read, or nodes that are visited, in one step: a tenth of a millisecond. */
const stepFields = 32
const stepNodes = 256

/** The children of an object with the definitions of `properties` put onto those that are there. */
export function* readProperties(
  path: string,
  properties: unknown,
  previous: ReadonlyMap<string, TreeNode>,
  context: TreeContext
): Steps<ReadonlyMap<string, TreeNode>> {
  if (Array.isArray(properties) && properties.length === 0) return previous
  if (!isObject(properties)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Expected map for property [properties] on field [${path === '' ? '_doc' : path}] but got a value of type ${typeof properties}`
    )
  }
  const children = new Map(previous)
  for (const [at, [name, definition]] of Object.entries(properties).entries()) {
    if (path === '' && metadataFields.has(name))
      throw new VectorStoreError('MAPPING_PARSE', `Field [${name}] is defined more than once`)
    const [head, ...rest] = splitName(name)
    // `a.b` in a definition is an object a with b in it.
    const inner = rest.length === 0 ? definition : { properties: { [rest.join('.')]: definition } }
    const childPath = path === '' ? head : `${path}.${head}`
    children.set(head, yield* readNode(childPath, inner, children.get(head) ?? null, context))
    if (at % stepFields === 0) yield
  }
  return children
}

/** Parts of a name with dots. Errors REQUEST_ARGUMENT. */
export function splitName(name: string): [string, ...string[]] {
  if (name.trim() === '') throw argument('field name cannot be an empty string')
  if (!name.includes('.')) return [name]
  const parts = name.split('.')
  if (parts.some((part) => part.trim() === '')) {
    throw argument(
      `field name starting or ending with a [.] makes object resolution ambiguous: [${name}]`
    )
  }
  return parts as [string, ...string[]]
}

function* readNode(
  path: string,
  definition: unknown,
  previous: TreeNode | null,
  context: TreeContext
): Steps<TreeNode> {
  if (!isObject(definition)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Expected map for property [fields] on field [${path}] but got a ${typeof definition}`
    )
  }
  const typeName = definition['type']
  if (typeName === undefined) {
    const isObjectLike = ['properties', 'dynamic', 'enabled'].some((key) =>
      Object.hasOwn(definition, key)
    )
    if (!isObjectLike) {
      throw new VectorStoreError('MAPPING_PARSE', `No type specified for field [${path}]`)
    }
    return yield* readObjectNode(path, definition, previous, context)
  }
  if (typeName === 'object' || typeName === 'nested') {
    return yield* readObjectNode(path, definition, previous, context)
  }
  if (previous?.kind === 'object') {
    throw argument(
      `can't merge a ${previous.isNested ? 'nested' : 'object'} mapping [${path}] with a non object mapping`
    )
  }
  if (typeName === 'alias') return readAlias(path, definition)
  return readLeaf(path, textOf(typeName), definition, previous, context)
}

function* readObjectNode(
  path: string,
  definition: MappingJson,
  previous: TreeNode | null,
  context: TreeContext
): Steps<ObjectNode> {
  const isNested = definition['type'] === 'nested'
  if (previous !== null) checkObjectMerge(path, isNested, previous, definition)
  const known = previous?.kind === 'object' ? previous : null
  const parameters = readObjectParameters(path, definition, known, isNested)
  const properties = definition['properties'] ?? {}
  return {
    kind: 'object',
    path,
    isNested: isNested || known?.isNested === true,
    dynamic: readDynamic(path, parameters.get('dynamic')),
    enabled: parameters.has('enabled')
      ? readBoolean(path, 'enabled', parameters.get('enabled'))
      : true,
    parameters,
    children: yield* readProperties(path, properties, known?.children ?? new Map(), context)
  }
}

function readObjectParameters(
  path: string,
  definition: MappingJson,
  known: ObjectNode | null,
  isNested: boolean
): ReadonlyMap<string, unknown> {
  const allowed = isNested || known?.isNested === true ? nestedParameters : objectParameters
  const parameters = new Map(known?.parameters)
  if (isNested) parameters.set('type', 'nested')
  for (const [key, value] of Object.entries(definition)) {
    if (!allowed.has(key)) {
      throw new VectorStoreError(
        'MAPPING_PARSE',
        `Mapping definition for [${path}] has unsupported parameters:  [${key} : ${shown(value)}]`
      )
    }
    if (key !== 'type' && key !== 'properties') parameters.set(key, printedParameter(key, value))
  }
  return parameters
}

function checkObjectMerge(
  path: string,
  isNested: boolean,
  previous: TreeNode,
  definition: MappingJson
): void {
  const conflict = (message: string): VectorStoreError =>
    new VectorStoreError('MAPPING_CONFLICT', message)
  if (previous.kind !== 'object') {
    throw conflict(`can't merge a non object mapping [${path}] with an object mapping`)
  }
  if (isNested && !previous.isNested) {
    throw conflict(`can't merge a non-nested mapping [${path}] with a nested mapping`)
  }
  if (!isNested && previous.isNested && definition['type'] === 'object') {
    throw conflict(`can't merge a nested mapping [${path}] with a non-nested mapping`)
  }
}

/** A parameter of an object as it is printed: `dynamic` always as text. */
export function printedParameter(key: string, value: unknown): unknown {
  return key === 'dynamic' && typeof value === 'boolean' ? String(value) : value
}

export function readDynamic(path: string, value: unknown): Dynamic | null {
  if (value === undefined || value === null) return null
  const text = textOf(value)
  if (text === 'true' || text === 'false' || text === 'strict' || text === 'runtime') return text
  throw new VectorStoreError(
    'MAPPING_PARSE',
    `Could not convert [${path === '' ? '_doc' : path}.dynamic] to boolean`,
    { cause: argument(`Failed to parse value [${text}] as only [true] or [false] are allowed.`) }
  )
}

function readAlias(path: string, definition: MappingJson): AliasNode {
  const target = definition['path']
  if (typeof target !== 'string' || target === '') {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `The [path] property must be specified for field [${path}].`
    )
  }
  return { kind: 'alias', path, target }
}

function readLeaf(
  path: string,
  typeName: string,
  definition: MappingJson,
  previous: TreeNode | null,
  context: TreeContext
): LeafNode {
  const known = previous?.kind === 'leaf' ? previous : null
  if (known !== null && known.field.typeName !== typeName) {
    throw new VectorStoreError(
      'MAPPING_CONFLICT',
      `mapper [${path}] cannot be changed from type [${known.field.typeName}] to [${typeName}]`
    )
  }
  const { type: _type, fields, ...own } = definition
  const field = readField(path, typeName, own, known?.field ?? null, false, context)
  const subFields = readSubFields(path, fields, known, context)
  return { kind: 'leaf', path, field, subFields, text: leafText(field, subFields) }
}

function readSubFields(
  path: string,
  fields: unknown,
  known: LeafNode | null,
  context: TreeContext
): ReadonlyMap<string, LeafField> {
  const subFields = new Map(known?.subFields)
  if (fields === undefined) return subFields
  if (!isObject(fields)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `expected map for property [fields] on field [${path}] but got a ${typeof fields}`
    )
  }
  for (const [name, definition] of Object.entries(fields)) {
    const subPath = `${path}.${name}`
    if (!isObject(definition) || definition['type'] === undefined) {
      throw new VectorStoreError(
        'MAPPING_PARSE',
        `no type specified for property [${name}] in multi-field [${path}]`
      )
    }
    const { type, ...own } = definition
    const previous = subFields.get(name) ?? null
    if (previous !== null && previous.typeName !== type) {
      throw new VectorStoreError(
        'MAPPING_CONFLICT',
        `mapper [${subPath}] cannot be changed from type [${previous.typeName}] to [${textOf(type)}]`
      )
    }
    subFields.set(name, readField(subPath, textOf(type), own, previous, true, context))
  }
  return subFields
}

function readField(
  name: string,
  typeName: string,
  definition: MappingJson,
  previous: LeafField | null,
  isSubField: boolean,
  context: TreeContext
): LeafField {
  const type = context.registry.typeOf(typeName)
  if (type === null) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `The mapper type [${typeName}] declared on field [${name}] does not exist. It might have been created within a future version or requires a plugin to be installed. Check the documentation.`
    )
  }
  return type.parseDefinition({
    name,
    definition,
    analyzers: context.analyzers,
    number: context.numberOf(name),
    isSubField,
    previous: previous?.toJson() ?? null
  })
}

/** Visits every node below an object, parents first. */
export function* visitTree(
  node: ObjectNode,
  visit: (node: TreeNode, depth: number) => void,
  depth = 1
): Steps<void> {
  let count = 0
  for (const child of node.children.values()) {
    visit(child, depth)
    if (++count % stepNodes === 0) yield
    if (child.kind !== 'object') continue
    yield* visitTree(child, visit, depth + 1)
    yield
  }
}

/** Node of a full path; null when there is none. */
export function findNode(root: ObjectNode, path: string): TreeNode | null {
  let node: TreeNode = root
  for (const part of path.split('.')) {
    if (node.kind !== 'object') return null
    const child = node.children.get(part)
    if (child === undefined) return null
    node = child
  }
  return node
}

export function isObject(value: unknown): value is MappingJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
