/**
 * Documents to fields, token by token.
 *
 * 1. Walk the body along the mapping tree; mapped values go to their field types, which fill the builders.
 * 2. What is not mapped is looked at only as far as dynamic mapping needs; its definition is collected.
 * 3. When definitions were collected (new fields, dims of a vector field), the caller merges them and parses again; nearly
 *    every document goes through once.
 *
 * Nested objects get builders of their own, before their parent's.
 *
 * Objects and lists are read in steps: a document of megabytes takes as long as thousands of small ones.
 */
import { metadataFields } from './metadata-fields.ts'
import { appended, JsonScanner } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { IndexableDoc } from '../segment/index.ts'
import type { Vector } from '../vector/index.ts'
import { Additions } from './additions.ts'
import { DocumentBuilder } from './document-builder.ts'
import type { PlacedVector } from './document-builder.ts'
import { docFault, isOperating, scalarFault, strictFault, wholeFault } from './document-fault.ts'
import { objectDefinition, scalarDefinition, vectorDefinition } from './dynamic-mapping.ts'
import type { DynamicRules } from './dynamic-mapping.ts'
import { DocumentSteps } from './document-steps.ts'
import type { Rest } from './document-steps.ts'
import type { LeafField, Scalar } from './field-type.ts'
import { argument } from './leaf-queries.ts'
import { emptyRoot, findNode, splitName } from './mapping-tree.ts'
import type { Dynamic, LeafNode, ObjectNode, TreeNode } from './mapping-tree.ts'

export type ParseInput = {
  readonly text: Uint8Array
  /** Offsets in `text` where vectors were cut out, and the vectors. */
  readonly cuts: readonly number[]
  readonly vectors: readonly Vector[]
}

export type ParseOptions = {
  readonly nestedObjectsMax: number
  /**
   * A document from the operation log: it was accepted once, so the mapping does not grow by it and a value that a later
   * mapping refuses is left out, as Elasticsearch leaves it out of what was indexed before.
   */
  readonly isReplay: boolean
}

export type ParsedFields = {
  readonly docs: readonly IndexableDoc[]
  /** Vectors of each of `docs`, with the place of their text. */
  readonly placed: readonly (readonly PlacedVector[])[]
  readonly additions: Additions
}

/** An object under way: its node, what it is called, and what its unmapped fields become. */
type Place = { readonly node: ObjectNode; readonly path: string; readonly dynamic: Dynamic }

/** Fields of a document: those of a short one by `read` alone, without what steps cost. */
export class DocumentWalk implements ParsedFields {
  docs: IndexableDoc[] = []
  placed: (readonly PlacedVector[])[] = []
  readonly additions: Additions = new Additions()
  readonly #id: string
  readonly #vectors: readonly Vector[]
  readonly #root: ObjectNode
  readonly #rules: DynamicRules
  readonly #options: ParseOptions
  readonly #scanner: JsonScanner
  readonly #steps: DocumentSteps
  readonly #rootBuilder: DocumentBuilder
  #nestedCount = 0

  constructor(
    id: string,
    { text, cuts, vectors }: ParseInput,
    root: ObjectNode,
    rules: DynamicRules,
    options: ParseOptions
  ) {
    this.#id = id
    this.#vectors = vectors
    this.#root = root
    this.#rules = rules
    this.#options = options
    this.#scanner = new JsonScanner(text, { cuts })
    this.#steps = new DocumentSteps(this.#scanner)
    this.#rootBuilder = new DocumentBuilder(id, '')
  }

  /** Reads it, to its end where that takes one step. */
  read(): Rest {
    const scanner = this.#scanner
    if (scanner.next() !== 'objectStart') {
      throw docFault(scanner, 'Malformed content, must start with an object')
    }
    const builder = this.#rootBuilder
    const dynamic = this.#root.dynamic ?? 'true'
    const place = { node: this.#root, path: '', dynamic }
    const rest = this.#root.enabled ? this.#object(place, builder) : this.#steps.skip()
    return rest === null ? this.#end(builder) : this.#others(rest, builder)
  }

  *#others(rest: Steps<void>, builder: DocumentBuilder): Steps<void> {
    yield* rest
    const last = this.#end(builder)
    if (last !== null) yield* last
  }

  #end(builder: DocumentBuilder): Rest {
    this.#scanner.next()
    return this.#thenFinish(null, [builder])
  }

  #finish(builder: DocumentBuilder, doc: IndexableDoc): void {
    this.docs = appended(this.docs, doc)
    this.placed = appended(this.placed, builder.placed)
  }

  /** From objectStart to objectEnd. */
  #object(place: Place, builder: DocumentBuilder): Rest {
    return this.#steps.each('objectEnd', () => this.#member(place, builder))
  }

  #member(place: Place, builder: DocumentBuilder): Rest {
    const scanner = this.#scanner
    const name = scanner.text()
    if (place.path === '' && metadataFields.has(name)) {
      throw docFault(
        scanner,
        `Field [${name}] is a metadata field and cannot be added inside a document. Use the index API request parameters.`
      )
    }
    const child = place.node.children.get(name)
    if (child === undefined || name === '') return this.#dotted(place, name, builder)
    scanner.next()
    return this.#value(place, name, child, builder)
  }

  /** A name that is not a child as it stands: with dots it goes through objects, else it is unmapped. */
  #dotted(place: Place, name: string, builder: DocumentBuilder): Rest {
    const parts = this.#guard(() => splitName(name))
    this.#scanner.next()
    let at = place
    let target = builder
    const nested: DocumentBuilder[] = []
    for (const part of parts.slice(0, -1)) {
      const next = this.#enter(at, part)
      if (next === null) return this.#steps.skip()
      if (next.node.isNested) {
        // `a.b: 1` on a nested a is one object of a.
        target = this.#nestedBuilder(next, target)
        nested.unshift(target)
      }
      at = next
    }
    const last = parts[parts.length - 1]!
    const rest = this.#value(at, last, at.node.children.get(last), target)
    return nested.length === 0 ? rest : this.#thenFinish(rest, nested)
  }

  #thenFinish(rest: Rest, nested: readonly DocumentBuilder[]): Rest {
    if (rest !== null || nested.some((inner) => inner.isLong))
      return this.#finishInSteps(rest, nested)
    for (const inner of nested) this.#finish(inner, inner.build())
    return null
  }

  *#finishInSteps(rest: Rest, nested: readonly DocumentBuilder[]): Steps<void> {
    if (rest !== null) yield* rest
    for (const inner of nested) this.#finish(inner, yield* inner.buildInSteps())
  }

  /** The object `name` of a place; a new one is added to the mapping. null: its contents are not wanted. */
  #enter(place: Place, name: string): Place | null {
    const path = place.path === '' ? name : `${place.path}.${name}`
    const node = place.node.children.get(name)
    if (node === undefined) {
      if (!this.#mayAdd(place, path)) return null
      this.additions.add(path, objectDefinition(path, this.#rules))
      return { node: { ...emptyRoot, path }, path, dynamic: place.dynamic }
    }
    if (node.kind !== 'object') {
      const type = node.kind === 'alias' ? 'alias' : node.field.typeName
      throw docFault(
        this.#scanner,
        `Could not dynamically add mapping for field [${path}]. Existing mapping for [${path}] must be of type object but found [${type}].`
      )
    }
    return node.enabled ? { node, path, dynamic: node.dynamic ?? place.dynamic } : null
  }

  #value(place: Place, name: string, node: TreeNode | undefined, builder: DocumentBuilder): Rest {
    if (node === undefined) return this.#unmapped(place, name, builder)
    if (node.kind === 'alias') {
      throw docFault(this.#scanner, `Cannot write to a field alias [${node.path}].`)
    }
    if (node.kind === 'object') return this.#objectValue(place, name, node, builder)
    if (node.field.parseWhole !== null) return this.#whole(node, builder)
    return this.#scalars(node, builder)
  }

  /** A value for a mapped object: an object, a list of objects, or null. */
  #objectValue(place: Place, name: string, node: ObjectNode, builder: DocumentBuilder): Rest {
    const scanner = this.#scanner
    if (scanner.token === 'null') return null
    if (!node.enabled) {
      builder.addPresent(node.path)
      return this.#steps.skip()
    }
    if (scanner.token === 'arrayStart')
      return this.#steps.each('arrayEnd', () => this.#objectValue(place, name, node, builder))
    if (scanner.token !== 'objectStart') {
      throw docFault(
        scanner,
        `object mapping for [${node.path}] tried to parse field [${name}] as object, but found a concrete value`
      )
    }
    const inner: Place = { node, path: node.path, dynamic: node.dynamic ?? place.dynamic }
    if (!node.isNested) return this.#object(inner, builder)
    const child = this.#nestedBuilder(inner, builder)
    return this.#thenFinish(this.#object(inner, child), [child])
  }

  #nestedBuilder(place: Place, parent: DocumentBuilder): DocumentBuilder {
    this.#nestedCount++
    if (this.#nestedCount > this.#options.nestedObjectsMax) {
      throw docFault(
        this.#scanner,
        `The number of nested documents has exceeded the allowed limit of [${this.#options.nestedObjectsMax}]. ` +
          `This limit can be set by changing the [index.mapping.nested_objects.limit] index level setting.`
      )
    }
    const copies = new Set<DocumentBuilder>()
    const { parameters } = place.node
    if (isTrue(parameters.get('include_in_parent'))) copies.add(parent)
    if (isTrue(parameters.get('include_in_root'))) copies.add(this.#rootBuilder)
    return new DocumentBuilder(this.#id, place.path, [...copies])
  }

  /** A field type that reads arrays itself. */
  #whole(node: LeafNode, builder: DocumentBuilder, isCopied: boolean = false): null {
    const scanner = this.#scanner
    const { field } = node
    if (field.copyTo.length > 0 && scanner.token === 'arrayStart') {
      throw wholeFault(
        scanner,
        argument(
          `Cannot copy field [${field.name}] to fields [${field.copyTo.join(', ')}]. Copy-to currently only works for value-type fields, not objects.`
        )
      )
    }
    const isOpen = scanner.token === 'arrayStart' || scanner.token === 'objectStart'
    const depth = scanner.depth - (isOpen ? 1 : 0)
    const value = { scanner, sink: builder, vectors: this.#vectors, isCopied }
    try {
      const definition = field.parseWhole!(value)
      if (definition !== null) this.additions.add(field.name, definition, scanner.location())
    } catch (error) {
      if (!isOperating(error)) throw error
      if (!this.#options.isReplay) throw wholeFault(scanner, error)
      while (scanner.depth > depth) scanner.next()
    }
    return null
  }

  /** Scalars of a field, lists flattened. */
  #scalars(node: LeafNode, builder: DocumentBuilder): Rest {
    const scanner = this.#scanner
    if (scanner.token === 'arrayStart')
      return this.#steps.each('arrayEnd', () => this.#scalars(node, builder))
    if (scanner.token === 'cut') return this.#cutScalars(node, builder)
    if (scanner.token === 'null') {
      this.#give(node.field, node.field.nullValue, builder)
      for (const sub of node.subFields.values()) this.#give(sub, sub.nullValue, builder)
      return null
    }
    if (scanner.token === 'objectStart') {
      if (node.field.ignoreMalformed || this.#options.isReplay) return this.#steps.skip()
      throw scalarFault(scanner, node.field, this.#id)
    }
    const scalar = this.#scalar()
    this.#give(node.field, scalar, builder)
    for (const sub of node.subFields.values()) this.#give(sub, scalar, builder)
    for (const target of node.field.copyTo) this.#copy(target, scalar, builder)
    return null
  }

  /** A typed array for a field of numbers. */
  #cutScalars(node: LeafNode, builder: DocumentBuilder): null {
    for (const value of this.#vectors[this.#scanner.cut]!) {
      const scalar: Scalar = { kind: 'number', text: String(value) }
      this.#give(node.field, scalar, builder)
      for (const sub of node.subFields.values()) this.#give(sub, scalar, builder)
    }
    return null
  }

  #scalar(): Scalar {
    const { token } = this.#scanner
    const kind = token === 'string' || token === 'number' ? token : 'boolean'
    return { kind, text: this.#scanner.text() }
  }

  #give(field: LeafField, scalar: Scalar | null, builder: DocumentBuilder): void {
    if (scalar === null || field.parseScalar === null) return
    try {
      field.parseScalar(scalar, builder)
    } catch (error) {
      if (!isOperating(error)) throw error
      const isIgnored = field.ignoreMalformed || this.#options.isReplay
      if (!isIgnored) throw scalarFault(this.#scanner, field, this.#id, error)
    }
  }

  #copy(path: string, scalar: Scalar, builder: DocumentBuilder): void {
    const node = findNode(this.#root, path)
    if (node === null) {
      const definition = scalarDefinition(this.#scanner, path, this.#rules)
      if (definition !== null && this.#root.dynamic !== 'false')
        this.additions.add(path, definition)
      return
    }
    if (node.kind !== 'leaf') return
    if (node.field.parseWhole !== null) {
      this.#whole(node, builder, true)
      return
    }
    this.#give(node.field, scalar, builder)
    for (const sub of node.subFields.values()) this.#give(sub, scalar, builder)
  }

  /** May the mapping grow by this path? Errors MAPPING_STRICT. */
  #mayAdd(place: Place, path: string): boolean {
    if (this.#options.isReplay) return false
    if (place.dynamic === 'strict') throw strictFault(this.#scanner, path, place.path)
    return place.dynamic === 'true'
  }

  #unmapped(place: Place, name: string, builder: DocumentBuilder): Rest {
    const scanner = this.#scanner
    const path = place.path === '' ? name : `${place.path}.${name}`
    if (scanner.token === 'null') return null
    if (!this.#mayAdd(place, path)) return this.#steps.skip()
    if (scanner.token === 'objectStart') {
      const inner = this.#enter(place, name)
      return inner === null ? this.#steps.skip() : this.#object(inner, builder)
    }
    if (scanner.token === 'arrayStart') return this.#unmappedArray(place, name, path, builder)
    if (scanner.token === 'cut') this.#addCut(path)
    else {
      const definition = scalarDefinition(scanner, path, this.#rules)
      if (definition !== null) this.additions.add(path, definition)
    }
    return null
  }

  #addCut(path: string): void {
    const { length } = this.#vectors[this.#scanner.cut]!
    this.additions.add(path, vectorDefinition(length, path, this.#rules) ?? { type: 'float' })
  }

  *#unmappedArray(place: Place, name: string, path: string, builder: DocumentBuilder): Steps<void> {
    const scanner = this.#scanner
    const known = this.additions.has(path)
    let decimalCount = 0
    let otherCount = 0
    let definition = null
    while (scanner.next() !== 'arrayEnd') {
      if (scanner.token === 'number' && !scanner.isInteger) decimalCount++
      else otherCount++
      if (this.#steps.isOver()) yield
      if (scanner.token === 'objectStart' || scanner.token === 'arrayStart') {
        const rest = this.#unmapped(place, name, builder)
        if (rest !== null) yield* rest
      } else definition ??= scalarDefinition(scanner, path, this.#rules)
    }
    if (known || definition === null) return
    const vector = otherCount === 0 ? vectorDefinition(decimalCount, path, this.#rules) : null
    this.additions.add(path, vector ?? definition)
  }

  /** Gives what a field type threw its place in the document. */
  #guard<Result>(run: () => Result): Result {
    try {
      return run()
    } catch (error) {
      throw isOperating(error) ? wholeFault(this.#scanner, error) : error
    }
  }
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}
