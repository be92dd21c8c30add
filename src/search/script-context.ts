import type { ScriptContext, ScriptField } from '../query/index.ts'
import type { ColumnReader, FieldInfo, SegmentView, VectorReader } from '../segment/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'
import { noColumnText } from './no-column-text.ts'
import type { SearchTarget } from './types.ts'

type ColumnScalar = number | string | boolean

/** A field of one segment, looked up once. */
type OpenField = {
  readonly described: ScriptField | null
  readonly vectors: VectorReader | null
  readonly column: ColumnReader | null
}

/** What scripts ask of one segment, by field name; the mapping says what a field is, the segment what it holds. */
export function openScriptContext(target: SearchTarget, segment: SegmentView): ScriptContext {
  const byName = new Map<string, OpenField>()
  const open = (name: string): OpenField => {
    const known = byName.get(name)
    if (known !== undefined) return known
    const opened = openField(target, segment, name)
    byName.set(name, opened)
    return opened
  }
  return {
    field: (name) => open(name).described,
    vectorFunction: (name, field, query) => {
      const { vectors } = open(field)
      if (vectors === null) return () => missingVector()
      const compare = vectors.index.functionScorer(name, query)
      return (docId) => {
        const ord = vectors.ordOf(docId)
        return ord === -1 ? missingVector() : compare(ord)
      }
    },
    vectorAt: (field, docId) => vectorAt(open(field).vectors, docId),
    values: (field, docId) => {
      const { column, described } = open(field)
      return column === null ? [] : columnValues(column, docId, described?.kind === 'boolean')
    }
  }
}

function openField(target: SearchTarget, { reader }: SegmentView, name: string): OpenField {
  const described = describeField(target, name)
  const info = described === null ? null : fieldInfo(target, name)
  if (info === null) return { described, vectors: null, column: null }
  return { described, vectors: reader.vectors(info.number), column: reader.column(info.number) }
}

function vectorAt(vectors: VectorReader | null, docId: number): Vector | null {
  const ord = vectors === null ? -1 : vectors.ordOf(docId)
  return vectors === null || ord === -1 ? null : vectors.index.vectorAt(ord)
}

function missingVector(): never {
  throw new VectorStoreError(
    'SCRIPT_RUNTIME',
    "A document doesn't have a value for a vector field!"
  )
}

function columnValues(column: ColumnReader, docId: number, isBoolean: boolean): ColumnScalar[] {
  const count = column.count(docId)
  const values: ColumnScalar[] = []
  for (let at = 0; at < count; at++) {
    if (column.kind === 'keyword') values.push(column.keywordOf(column.ordAt(docId, at)))
    else {
      const value = column.doubleAt(docId, at)
      values.push(isBoolean ? value !== 0 : value)
    }
  }
  return values
}

function fieldInfo(target: SearchTarget, name: string): FieldInfo | null {
  if (target.field !== undefined) return target.field(name)?.info ?? null
  for (const { reader } of target.segments)
    for (const field of reader.fields) if (field.name === name) return field
  return null
}

function describeField(target: SearchTarget, name: string): ScriptField | null {
  const mapped = target.field?.(name) ?? null
  if (target.field !== undefined && mapped === null) return null
  const info = fieldInfo(target, name)
  if (mapped === null && info === null) return null
  if (info?.vector) {
    const { dims, element } = info.vector
    return { kind: 'vector', dims, element }
  }
  return info === null ? { kind: 'none' } : describeColumn(target, info, mapped?.typeName ?? null)
}

function describeColumn(
  target: SearchTarget,
  { name, column }: FieldInfo,
  typeName: string | null
): ScriptField {
  if (column !== null)
    return { kind: typeName === 'boolean' || typeName === 'date' ? typeName : column }
  if (typeName === null) return { kind: 'none' }
  return { kind: 'unreadable', reason: noColumnText(name, typeName, target.indexName) }
}
