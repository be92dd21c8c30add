import type { ScriptContext, ScriptField } from '../query/index.ts'
import type { ColumnReader, FieldInfo, SegmentView } from '../segment/index.ts'
import { VectorStoreError } from '../util/index.ts'
import type { Vector } from '../vector/index.ts'
import type { SearchTarget } from './types.ts'

type ColumnScalar = number | string | boolean

/** What scripts ask of one segment, by field name; the mapping says what a field is, the segment what it holds. */
export function openScriptContext(target: SearchTarget, segment: SegmentView): ScriptContext {
  const { reader } = segment
  const infoOf = (name: string): FieldInfo | null => fieldInfo(target, name)
  return {
    field: (name) => describeField(target, name),
    vectorFunction: (name, field, query) => {
      const info = infoOf(field)
      const vectors = info === null ? null : reader.vectors(info.number)
      if (vectors === null) return () => missingVector()
      const compare = vectors.index.functionScorer(name, query)
      return (docId) => {
        const ord = vectors.ordOf(docId)
        return ord === -1 ? missingVector() : compare(ord)
      }
    },
    vectorAt: (field, docId) => vectorAt(segment, infoOf(field), docId),
    values: (field, docId) => {
      const info = infoOf(field)
      const column = info === null ? null : reader.column(info.number)
      if (column === null) return []
      const isBoolean = describeField(target, field)?.kind === 'boolean'
      return columnValues(column, docId, isBoolean)
    }
  }
}

function vectorAt({ reader }: SegmentView, info: FieldInfo | null, docId: number): Vector | null {
  const vectors = info === null ? null : reader.vectors(info.number)
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
  if (info?.column === undefined || info.column === null) return { kind: 'none' }
  const typeName = mapped?.typeName
  if (typeName === 'boolean' || typeName === 'date') return { kind: typeName }
  return { kind: info.column }
}
