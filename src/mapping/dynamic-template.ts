/** dynamic_templates: definitions for unmapped fields by name, path and kind of value. */
import { matchesWildcard, VectorStoreError } from '../util/index.ts'
import type { MappingJson } from './contract.ts'
import { isObject } from './mapping-tree.ts'
import { argument, textOf } from './leaf-queries.ts'

/** Kinds of value that templates know. */
export type DynamicKind = 'string' | 'long' | 'double' | 'boolean' | 'date' | 'object' | 'binary'

export type DynamicTemplate = {
  readonly name: string
  /** As it was given, without its name. */
  readonly content: MappingJson
  /** Kinds of value that may match. */
  readonly kinds: readonly DynamicKind[]
  /** The definition has the name of the field in it. */
  readonly namesField: boolean
  matches(path: string, name: string, kind: DynamicKind): boolean
  definition(name: string, kind: DynamicKind): MappingJson
}

const keys: ReadonlySet<string> = new Set([
  'match',
  'unmatch',
  'path_match',
  'path_unmatch',
  'match_mapping_type',
  'unmatch_mapping_type',
  'match_pattern',
  'mapping',
  'runtime'
])

/** The type a template's mapping gets when it names none. */
const defaultTypes: Readonly<Record<DynamicKind, string>> = {
  object: 'object',
  string: 'text',
  long: 'long',
  double: 'float',
  boolean: 'boolean',
  date: 'date',
  binary: 'binary'
}

const allKinds = Object.keys(defaultTypes) as DynamicKind[]

/** Errors MAPPING_PARSE. */
export function readDynamicTemplates(value: unknown): readonly DynamicTemplate[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      'Dynamic template syntax error. An array of named objects is expected.'
    )
  }
  return value.map((entry: unknown) => {
    const entries = isObject(entry) ? Object.entries(entry) : []
    const [first] = entries
    if (entries.length !== 1 || first === undefined || !isObject(first[1])) {
      throw new VectorStoreError('MAPPING_PARSE', 'A dynamic template must be defined with a name')
    }
    return readTemplate(first[0], first[1])
  })
}

function readTemplate(name: string, body: MappingJson): DynamicTemplate {
  for (const key of Object.keys(body)) {
    if (!keys.has(key)) throw argument(`Illegal dynamic template parameter: [${key}]`)
  }
  const mapping = body['mapping'] ?? body['runtime']
  if (!isObject(mapping)) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `template [${name}] must have either mapping or runtime set`
    )
  }
  const isRegex = body['match_pattern'] === 'regex'
  const test = (key: string, regex: boolean): ((text: string) => boolean) | null => {
    const patterns = listOf(body[key])
    if (patterns === null) return null
    const tests = patterns.map((pattern) => patternTest(pattern, regex))
    return (text) => tests.some((each) => each(text))
  }
  // Of the name, the path and the kind, in this order.
  const wanted = [
    test('match', isRegex),
    test('path_match', false),
    test('match_mapping_type', false)
  ]
  const refused = [
    test('unmatch', isRegex),
    test('path_unmatch', false),
    test('unmatch_mapping_type', false)
  ]
  const kinds = kindsOf(body)
  return {
    name,
    content: body,
    kinds,
    namesField: JSON.stringify(mapping).includes('{name}'),
    matches: (path, fieldName, kind) => {
      const subjects = [fieldName, path, kind]
      return (
        subjects.every((subject, at) => wanted[at]?.(subject) ?? true) &&
        !subjects.some((subject, at) => refused[at]?.(subject) ?? false)
      )
    },
    definition(fieldName, kind) {
      const filled = fill(mapping, fieldName, defaultTypes[kind])
      return isObject(filled) && filled['type'] === undefined
        ? { type: defaultTypes[kind], ...filled }
        : (filled as MappingJson)
    }
  }
}

/** Errors REQUEST_ARGUMENT: a kind that there is not. */
function kindsOf(body: MappingJson): readonly DynamicKind[] {
  const named = (key: string): readonly string[] | null => {
    const kinds = listOf(body[key])
    const unknown = kinds?.find((kind) => kind !== '*' && !allKinds.some((each) => each === kind))
    if (unknown !== undefined)
      throw argument(
        `No field type matched on [${unknown}], possible values are [${allKinds.join(', ')}]`
      )
    return kinds
  }
  const isIn = (kinds: readonly string[], kind: string): boolean =>
    kinds.includes(kind) || kinds.includes('*')
  const wanted = named('match_mapping_type')
  const refused = named('unmatch_mapping_type')
  return allKinds.filter(
    (kind) => (wanted === null || isIn(wanted, kind)) && !(refused !== null && isIn(refused, kind))
  )
}

function listOf(value: unknown): readonly string[] | null {
  if (value === undefined) return null
  return Array.isArray(value) ? value.map(String) : [textOf(value)]
}

function patternTest(pattern: string, isRegex: boolean): (text: string) => boolean {
  if (isRegex) {
    const expression = new RegExp(`^(?:${pattern})$`)
    return (text) => expression.test(text)
  }
  return simplePattern(pattern)
}

/** `*` stands for any text. */
export function simplePattern(pattern: string): (text: string) => boolean {
  return (text) => matchesWildcard(pattern, text)
}

/** {name} and {dynamic_type} in every text of a definition. */
function fill(value: unknown, name: string, typeName: string): unknown {
  if (typeof value === 'string') {
    return value
      .replaceAll('{name}', () => name)
      .replaceAll('{dynamic_type}', typeName)
      .replaceAll('{dynamicType}', typeName)
  }
  if (Array.isArray(value)) return value.map((each: unknown) => fill(each, name, typeName))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      String(fill(key, name, typeName)),
      fill(each, name, typeName)
    ])
  )
}
