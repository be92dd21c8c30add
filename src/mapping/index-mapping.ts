/** The mapping of an index, put together: tree, rules of the root, field numbers, limits. Immutable. */
import { createAnalyzers } from '../analysis/index.ts'
import type { Analyzers } from '../analysis/index.ts'
import type { Query } from '../query/index.ts'
import type { FieldInfo, IndexableDocument, StoredSource } from '../segment/index.ts'
import { VectorStoreError, finishAtOnce } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { LoggedSource, MappingJson } from './contract.ts'
import { DocumentWalk } from './document-parser.ts'
import type { ParsedFields, ParseInput, ParseOptions } from './document-parser.ts'
import type { Rest } from './document-steps.ts'
import type { DynamicRules } from './dynamic-mapping.ts'
import { simplePattern } from './dynamic-template.ts'
import type { FieldTypeRegistry, LeafField } from './field-type.ts'
import { FieldNumbers, unusedNumber } from './field-numbers.ts'
import { argument } from './leaf-queries.ts'
import { checkLimits, readLimits } from './limits.ts'
import type { MappingLimits } from './limits.ts'
import { lowerQuery } from './lower.ts'
import type { LowerTarget } from './lower.ts'
import { mappingText } from './mapping-text.ts'
import { emptyRoot, findNode, isObject, visitTree } from './mapping-tree.ts'
import type { AliasNode, ObjectNode, TreeContext } from './mapping-tree.ts'
import { dynamicRules, readRoot } from './root.ts'
import { cutText, sourceOfCuts, sourceOfText } from './source-text.ts'
import type { CutRule, CutText } from './source-text.ts'
import type {
  DocumentInput,
  IndexMapping,
  LowerContext,
  MappedField,
  ParsedDocument,
  TextInput
} from './types.ts'

/** What never changes in the life of an index object. */
type Fixed = {
  readonly registry: FieldTypeRegistry
  readonly analyzers: Analyzers
  readonly settings: ReadonlyMap<string, string>
  readonly limits: MappingLimits
}

type MappingRecord = {
  readonly version: 1
  /** JSON text: names like `__proto__` survive any codec. */
  readonly mapping: string
  readonly numbers: readonly (readonly [string, number])[]
  readonly next: number
  readonly settings: readonly (readonly [string, string])[]
}

/**
 * The mapping of a new index.
 *
 * Errors   MAPPING_PARSE `Failed to parse mapping: …` with the fault itself as cause.
 *
 * @param settings  Index settings by flat name without `index.`: analysis and limits are read.
 */
export function createMapping(
  definition: MappingJson,
  registry: FieldTypeRegistry,
  settings: ReadonlyMap<string, string>
): IndexMapping {
  return finishAtOnce(createMappingInSteps(definition, registry, settings))
}

/** The same in steps. */
export function* createMappingInSteps(
  definition: MappingJson,
  registry: FieldTypeRegistry,
  settings: ReadonlyMap<string, string>
): Steps<IndexMapping> {
  const empty = emptyMapping(fixedParts(registry, settings), new FieldNumbers())
  return yield* empty.mergeInSteps(definition)
}

/**
 * A mapping from its record, in steps. What it holds is not judged by the limits of the settings, which may be lower by now.
 *
 * Errors   STORE_FORMAT; MAPPING_PARSE: written by a version that knew more.
 */
export function* openMapping(record: unknown, registry: FieldTypeRegistry): Steps<IndexMapping> {
  if (!isObject(record) || record['version'] !== 1)
    throw new VectorStoreError('STORE_FORMAT', 'the mapping is of another format, wanted format 1')
  const { mapping, numbers, next, settings } = record as unknown as MappingRecord
  const known = new FieldNumbers(new Map(numbers), next)
  const empty = emptyMapping(fixedParts(registry, new Map(settings)), known)
  return yield* empty.read(JSON.parse(mapping) as MappingJson)
}

function fixedParts(registry: FieldTypeRegistry, settings: ReadonlyMap<string, string>): Fixed {
  return { registry, settings, analyzers: createAnalyzers(settings), limits: readLimits(settings) }
}

/** What is known of a tree when all of it was visited. */
type Facts = {
  /** Every field by full path: leaves, their multi-fields, aliases. */
  readonly leaves: ReadonlyMap<string, LeafField>
  readonly fieldInfos: readonly FieldInfo[]
  readonly nestedPaths: readonly string[]
  readonly text: string
}

function* factsOf(root: ObjectNode): Steps<Facts> {
  const leaves = new Map<string, LeafField>()
  const nestedPaths: string[] = []
  const fieldInfos: FieldInfo[] = []
  const add = (path: string, field: LeafField): void => {
    leaves.set(path, field)
    if (field.info !== null) fieldInfos.push(field.info)
  }
  const aliases: AliasNode[] = []
  yield* visitTree(root, (node) => {
    if (node.kind === 'leaf') {
      add(node.path, node.field)
      for (const [name, field] of node.subFields) add(`${node.path}.${name}`, field)
    } else if (node.kind === 'alias') aliases.push(node)
    else if (node.isNested) nestedPaths.push(node.path)
  })
  fieldInfos.sort((a, b) => a.number - b.number)
  addAliases(aliases, leaves)
  return { leaves, fieldInfos, nestedPaths, text: yield* mappingText(root) }
}

function emptyMapping(fixed: Fixed, numbers: FieldNumbers): TreeMapping {
  return new TreeMapping(fixed, emptyRoot, numbers, finishAtOnce(factsOf(emptyRoot)))
}

/** And the mapping with what the document added. */
type Parsed = readonly [fields: ParsedFields, mapping: TreeMapping]

class TreeMapping implements IndexMapping {
  readonly fieldInfos: readonly FieldInfo[]
  readonly nestedPaths: readonly string[]
  readonly text: string
  readonly #fixed: Fixed
  readonly #root: ObjectNode
  readonly #numbers: FieldNumbers
  readonly #rules: DynamicRules
  readonly #leaves: Facts['leaves']
  /** What queries are bound to; one for all. */
  readonly #lowerTarget: LowerTarget
  readonly #parseOptions: ParseOptions
  readonly #replayOptions: ParseOptions

  constructor(fixed: Fixed, root: ObjectNode, numbers: FieldNumbers, facts: Facts) {
    this.#fixed = fixed
    this.#root = root
    this.#numbers = numbers
    this.#rules = dynamicRules(root.parameters, fixed.registry)
    const { leaves, fieldInfos, nestedPaths, text } = facts
    this.fieldInfos = fieldInfos
    this.nestedPaths = nestedPaths
    this.text = text
    this.#leaves = leaves
    const { nestedObjectsMax } = fixed.limits
    this.#parseOptions = { nestedObjectsMax, isReplay: false }
    this.#replayOptions = { nestedObjectsMax, isReplay: true }
    this.#lowerTarget = {
      registry: fixed.registry,
      analyzers: fixed.analyzers,
      leaf: (name) => leaves.get(name) ?? null,
      leavesOf: (pattern) => this.#leavesOf(pattern),
      isNestedPath: (path) => nestedPaths.includes(path),
      isObjectPath: (path) => findNode(root, path)?.kind === 'object'
    }
  }

  toJson(): MappingJson {
    return JSON.parse(this.text) as MappingJson
  }

  toRecord(): MappingRecord {
    return {
      version: 1,
      mapping: this.text,
      numbers: this.#numbers.entries(),
      next: this.#numbers.next,
      settings: [...this.#fixed.settings].filter(([name]) =>
        /^(index\.)?(analysis|mapping)\./.test(name)
      )
    }
  }

  merge(definition: MappingJson): IndexMapping {
    return finishAtOnce(this.mergeInSteps(definition))
  }

  *mergeInSteps(definition: MappingJson): Steps<IndexMapping> {
    return yield* this.#told(this.#merge(definition))
  }

  /** Merged with what was accepted before. */
  *read(definition: MappingJson): Steps<TreeMapping> {
    return yield* this.#told(this.#merge(definition, null))
  }

  /** Faults of a definition are told as the mapping's; conflicts stay what they are. */
  *#told(merging: Steps<TreeMapping>): Steps<TreeMapping> {
    try {
      return yield* merging
    } catch (cause) {
      if (!(cause instanceof VectorStoreError) || cause.code === 'MAPPING_CONFLICT') throw cause
      throw new VectorStoreError('MAPPING_PARSE', `Failed to parse mapping: ${cause.message}`, {
        cause
      })
    }
  }

  *#merge(
    definition: MappingJson,
    limits: MappingLimits | null = this.#fixed.limits
  ): Steps<TreeMapping> {
    const numbers = this.#numbers.clone()
    const context: TreeContext = {
      registry: this.#fixed.registry,
      analyzers: this.#fixed.analyzers,
      numberOf: (path) => numbers.numberOf(path)
    }
    const root = yield* readRoot(definition, this.#root, context)
    if (limits !== null) yield* checkLimits(root, limits)
    return new TreeMapping(this.#fixed, root, numbers, yield* factsOf(root))
  }

  underSettings(settings: ReadonlyMap<string, string>): IndexMapping {
    const fixed = { ...this.#fixed, settings, limits: readLimits(settings) }
    const { fieldInfos, nestedPaths, text } = this
    const facts = { leaves: this.#leaves, fieldInfos, nestedPaths, text }
    return new TreeMapping(fixed, this.#root, this.#numbers, facts)
  }

  parseDocument(input: DocumentInput): ParsedDocument {
    const { body } = input
    if (body instanceof Uint8Array) {
      const [fields, mapping] = this.#parse(input.id, { text: body, cuts: [], vectors: [] })
      const source = sourceOfText(body, fields.placed)
      return this.#parsed(input, fields, source, mapping)
    }
    return this.#parseObject(input, body)
  }

  *parseInSteps(input: TextInput): Steps<ParsedDocument> {
    const { id, body } = input
    const [fields, mapping] = yield* this.#parseInSteps(id, { text: body, cuts: [], vectors: [] })
    return this.#parsed(input, fields, sourceOfText(body, fields.placed), mapping)
  }

  #parseObject(input: DocumentInput, body: Readonly<Record<string, unknown>>): ParsedDocument {
    const cut = cutText(body, this.#cutRule)
    const [fields, mapping] = this.#parse(input.id, cut)
    const source = sourceOfCuts(cut, fields.placed)
    if (source !== null) return this.#parsed(input, fields, source, mapping)
    // A typed array went where it is not kept as it is: then its text must be in the source.
    // The rule of the mapping that knows the field by now.
    const { text } = cutText(body, (path, value) =>
      mapping.#cutRule(path, value) === 'bits' ? 'bits' : 'text'
    )
    const [again, changed] = this.#parse(input.id, { text, cuts: [], vectors: [] })
    return this.#parsed(input, again, sourceOfText(text, again.placed), changed)
  }

  readonly #cutRule: CutRule = (path, value) => {
    const leaf = this.#leaves.get(path)
    if (leaf !== undefined) {
      if (leaf.parseWhole === null) return 'text'
      const isBits = value instanceof Uint8Array && leaf.info?.vector?.element === 'bit'
      return isBits ? 'bits' : 'cut'
    }
    if (!(value instanceof Float32Array)) return 'text'
    return this.#fixed.registry.dynamicFloatArray(value.length) === null ? 'text' : 'cut'
  }

  #parsed(
    input: DocumentInput,
    fields: ParsedFields,
    source: StoredSource,
    mapping: TreeMapping
  ): ParsedDocument {
    const { id, routing } = input
    const document: IndexableDocument = { id, routing, source, docs: fields.docs }
    return { document, update: mapping === this ? null : mapping }
  }

  /** Without what steps cost, where it takes one and adds nothing to the mapping. */
  #parse(id: string, text: CutText): Parsed {
    const walk = this.#walk(id, text, this.#parseOptions)
    const rest = walk.read()
    if (rest === null && walk.additions.isEmpty) return [walk, this]
    return finishAtOnce(this.#finish(id, text, walk, rest))
  }

  *#parseInSteps(id: string, text: CutText): Steps<Parsed> {
    const walk = this.#walk(id, text, this.#parseOptions)
    return yield* this.#finish(id, text, walk, walk.read())
  }

  /** As long as the document adds to the mapping, it is parsed again with the mapping that has the additions. */
  *#finish(id: string, text: CutText, walk: DocumentWalk, rest: Rest): Steps<Parsed> {
    if (rest !== null) yield* rest
    if (walk.additions.isEmpty) return [walk, this]
    // Ends: every round maps at least one more field of the document, or targets of its copy_to.
    const grown = yield* this.#grown(walk)
    return yield* grown.#parseInSteps(id, text)
  }

  #walk(id: string, input: ParseInput, options: ParseOptions): DocumentWalk {
    return new DocumentWalk(id, input, this.#root, this.#rules, options)
  }

  *#grown(fields: ParsedFields): Steps<TreeMapping> {
    try {
      return yield* this.#merge(fields.additions.toJson())
    } catch (cause) {
      if (!(cause instanceof VectorStoreError)) throw cause
      throw new VectorStoreError(
        'DOC_PARSE',
        `[${fields.additions.location}] failed to parse: ${cause.message}`,
        { cause }
      )
    }
  }

  *parseLogged({ id, routing, source, vectors }: LoggedSource): Steps<IndexableDocument> {
    const cuts = source.cuts.map((cut) => cut.offset)
    const walk = this.#walk(id, { text: source.text, cuts, vectors }, this.#replayOptions)
    const rest = walk.read()
    if (rest !== null) yield* rest
    return { id, routing, source, docs: walk.docs }
  }

  lower(query: Query, context: LowerContext): Query {
    return lowerQuery(query, this.#lowerTarget, context)
  }

  field(name: string): MappedField | null {
    return this.#leaves.get(name) ?? null
  }

  unmappedField(name: string, typeName: string): MappedField {
    const { registry, analyzers } = this.#fixed
    const type = registry.typeOf(typeName)
    if (type === null) throw argument(`No mapper found for type [${typeName}]`)
    const context = { definition: {}, analyzers, isSubField: false, previous: null }
    return type.parseDefinition({ ...context, name, number: unusedNumber })
  }

  fieldsMatching(pattern: string): readonly MappedField[] {
    // A field and its alias are one.
    return [...new Set(this.namesMatching(pattern).map(([, leaf]) => leaf))]
  }

  namesMatching(pattern: string): readonly (readonly [string, MappedField])[] {
    const matches = simplePattern(pattern)
    return [...this.#leaves].filter(([name]) => matches(name))
  }

  /** For `exists`: by pattern, or everything below an object. */
  #leavesOf(pattern: string): readonly LeafField[] {
    const matches = simplePattern(pattern)
    return [...this.#leaves]
      .filter(([name]) => matches(name) || name.startsWith(`${pattern}.`))
      .map(([, leaf]) => leaf)
  }
}

function addAliases(aliases: readonly AliasNode[], leaves: Map<string, LeafField>): void {
  for (const { path, target: targetPath } of aliases) {
    const target = leaves.get(targetPath)
    if (target === undefined) {
      throw new VectorStoreError(
        'MAPPING_PARSE',
        `Invalid [path] value [${targetPath}] for field alias [${path}]: an alias must refer to an existing field in the mappings.`
      )
    }
    leaves.set(path, target)
  }
}
