/** `fields` and `docvalue_fields` of a hit: values by field, those of nested objects by object. */
import type { MappedField } from '../mapping/index.ts'
import { noColumnText } from '../search/index.ts'
import type { SearchHit } from '../search/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { TextFilter } from '../util/index.ts'
import type { SourceObject } from './source-json.ts'
import { wantedOfSource } from './source-filter.ts'
import { isObject, parseSource, plainValue, valuesAt } from './source-json.ts'
import type { FetchSpec, NodeIndex } from './types.ts'

/** A field under the name it is asked for. */
type Wanted = { readonly name: string; readonly field: MappedField; readonly format: string | null }

export function hasFields({ fields, docvalueFields, storedFields }: FetchSpec): boolean {
  return fields.length > 0 || docvalueFields.length > 0 || (storedFields?.length ?? 0) > 0
}

/** The fields that some hits are asked for; the patterns are matched once for each index. */
export class WantedFields {
  readonly #fetch: FetchSpec
  readonly #ofIndex = new Map<NodeIndex, WantedOfIndex>()

  constructor(fetch: FetchSpec) {
    this.#fetch = fetch
  }

  of(index: NodeIndex): WantedOfIndex {
    let wanted = this.#ofIndex.get(index)
    if (wanted === undefined) {
      const { fields, docvalueFields, storedFields = [] } = this.#fetch
      const inSource = [...wantedOf(index, fields), ...storedOf(index, storedFields)]
      wanted = {
        inSource,
        source: inSource.length === 0 ? null : sourceOf(index, inSource),
        inColumns: wantedOf(index, docvalueFields)
      }
      this.#ofIndex.set(index, wanted)
    }
    return wanted
  }
}

type WantedOfIndex = {
  readonly inSource: readonly Wanted[]
  /** Where the values of those lie. null: there are none. */
  readonly source: TextFilter | null
  readonly inColumns: readonly Wanted[]
}

/**
 * Fields with their values, one at least.
 *
 * @param source  As much of it as is wanted for them.
 *
 * Errors   REQUEST_ARGUMENT: a format or a field that has no values to show.
 */
export function fetchFields(
  index: NodeIndex,
  hit: SearchHit,
  source: Uint8Array,
  wanted: WantedFields
): ReadonlyMap<string, readonly unknown[]> {
  const { inSource, inColumns } = wanted.of(index)
  const found =
    inSource.length === 0
      ? new Map<string, readonly unknown[]>()
      : fieldsOf(index, parseSource(source), '', inSource)
  for (const { name, field, format } of inColumns) {
    const values = columnValues(index, field, hit, format)
    if (values.length > 0) found.set(name, values)
  }
  return found
}

function sourceOf(index: NodeIndex, wanted: readonly Wanted[]): TextFilter {
  const includes = wanted.flatMap(({ field: { name } }) => {
    const parent = parentOf(index, name)
    return parent === null ? [name] : [name, parent]
  })
  return wantedOfSource({ includes, excludes: [] })
}

/** The field whose values a multi-field has; null: none is above it. */
function parentOf(index: NodeIndex, name: string): string | null {
  const parent = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  return parent !== '' && index.mapping.field(parent) !== null ? parent : null
}

function wantedOf(index: NodeIndex, specs: FetchSpec['fields']): Wanted[] {
  return specs.flatMap(({ field: pattern, format }) =>
    index.mapping.namesMatching(pattern).map(([name, field]) => ({ name, field, format }))
  )
}

/** Fields that their mapping stores: their values are those of the source, nothing is kept twice. */
function storedOf(index: NodeIndex, patterns: readonly string[]): Wanted[] {
  const specs = patterns.map((field) => ({ field, format: null }))
  return wantedOf(index, specs).filter(({ field }) => field.toJson()['store'] === true)
}

/**
 * Values that lie in one object, and groups of those in nested objects below it.
 *
 * @param prefix  Path of the object with a dot at its end; '' for the document.
 */
function fieldsOf(
  index: NodeIndex,
  source: SourceObject,
  prefix: string,
  wanted: readonly Wanted[]
): Map<string, readonly unknown[]> {
  const found = new Map<string, readonly unknown[]>()
  const groups = new Map<string, Wanted[]>()
  for (const one of wanted) {
    const path = nestedBelow(index, one.field.name, prefix)
    const group = path === null ? undefined : groups.get(path)
    if (group !== undefined) group.push(one)
    else if (path !== null) groups.set(path, [one])
    else {
      const values = sourceValues(index, one, source, prefix)
      if (values.length > 0) found.set(one.name.slice(prefix.length), values)
    }
  }
  for (const [path, members] of groups) {
    const inner = path.slice(prefix.length)
    const objects = valuesAt(source, inner).flatMap((value) => valuesAt(value, ''))
    const children = objects
      .filter((value) => isObject(value))
      .map((value) => fieldsOf(index, value, `${path}.`, members))
      .filter((child) => child.size > 0)
    if (children.length > 0)
      found.set(
        inner,
        children.map((child) => Object.fromEntries(child))
      )
  }
  return found
}

/** The next nested path between an object and a field in it. */
function nestedBelow(index: NodeIndex, name: string, prefix: string): string | null {
  const paths = index.mapping.nestedPaths.filter(
    (path) => path.length > prefix.length && path.startsWith(prefix) && name.startsWith(`${path}.`)
  )
  return paths.toSorted((a, b) => a.length - b.length)[0] ?? null
}

/** Values from the source; a multi-field reads its parent's value. */
function sourceValues(
  index: NodeIndex,
  { field, format }: Wanted,
  source: SourceObject,
  prefix: string
): unknown[] {
  let values = valuesAt(source, field.name.slice(prefix.length))
  const parent = values.length === 0 ? parentOf(index, field.name) : null
  if (parent !== null) values = valuesAt(source, parent.slice(prefix.length))
  const whole = field.vector !== null
  return values
    .flatMap((value) => (Array.isArray(value) && !whole ? value : [value]))
    .filter((value) => value !== null && !(isObject(value) && !whole))
    .flatMap((value) => field.fetchValues(plainValue(value), format))
}

function columnValues(
  index: NodeIndex,
  field: MappedField,
  hit: SearchHit,
  format: string | null
): unknown[] {
  const { info } = field
  const { reader } = hit.segment
  if (info === null) return []
  if (field.vector !== null) {
    const vectors = reader.vectors(info.number)
    const ord = vectors === null ? -1 : vectors.ordOf(hit.docId)
    return vectors === null || ord < 0
      ? []
      : [...field.fetchValues(vectors.index.vectorAt(ord), format ?? 'array')]
  }
  if (info.column === null)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      noColumnText(field.name, field.typeName, index.metadata.name)
    )
  if (format !== null && field.typeName !== 'date')
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      info.column === 'keyword' || field.typeName === 'boolean'
        ? `Field [${field.name}] of type [${field.typeName}] does not support custom formats`
        : `formats of numbers are not supported by this version, [${format}] of field [${field.name}]`
    )
  const column = reader.column(info.number)
  if (column === null) return []
  const count = column.count(hit.docId)
  return Array.from({ length: count }, (_, at) => field.columnValue(column, hit.docId, at, format))
}
