/** The field type elastiknn_dense_float_vector: its definition and its documents. */
import { conflictText, mapperConflict } from '../../mapping/index.ts'
import type {
  DefinitionContext,
  FieldQueries,
  FieldType,
  LeafField,
  WholeValue
} from '../../mapping/index.ts'
import type { JsonScalar } from '../../query/index.ts'
import type { FieldInfo } from '../../segment/index.ts'
import { VectorStoreError, assert } from '../../util/index.ts'
import { denseTypeName, readDefinition } from './definition.ts'
import type { ElastiknnDefinition } from './definition.ts'
import { readDocumentVector } from './vector-document.ts'

export const denseFloatVectorType: FieldType = {
  typeName: denseTypeName,
  parseDefinition: createField
}

function createField(context: DefinitionContext): LeafField {
  const { name } = context
  if (context.isSubField) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Field [${name}] of type [${denseTypeName}] can't be used in multifields`
    )
  }
  const definition = readDefinition(denseTypeName, context.definition)
  checkUpdate(context, definition)
  const info = fieldInfo(context, definition)
  return {
    name,
    typeName: denseTypeName,
    info,
    copyTo: [],
    queries: queriesOf(name),
    nullValue: null,
    ignoreMalformed: false,
    parseScalar: null,
    parseWhole(value) {
      addVector(value, info, definition)
      return null
    },
    toJson: () => definition.json,
    existsQuery: () => ({ type: 'exists', fields: [info] }),
    fetchValues: () => [],
    columnValue: () => refuse(name, 'has no column'),
    sortValue: () => refuse(name, "doesn't support sorting"),
    vector: null
  }
}

function checkUpdate(context: DefinitionContext, next: ElastiknnDefinition): void {
  if (context.previous === null) return
  const before = readDefinition(denseTypeName, context.previous).json['elastiknn']
  const after = next.json['elastiknn']
  if (JSON.stringify(before) === JSON.stringify(after)) return
  throw mapperConflict(context.name, [conflictText('elastiknn', before, after)])
}

/** Compared by l2, which is defined for vectors of zeros too; every similarity can be asked of the rows as they are. */
function fieldInfo(context: DefinitionContext, { dims }: ElastiknnDefinition): FieldInfo {
  return {
    number: context.number,
    name: context.name,
    column: null,
    postings: 'none',
    vector: {
      dims,
      element: 'float32',
      space: 'l2',
      index: 'flat',
      m: 16,
      efConstruction: 100,
      codes: 'float32'
    }
  }
}

function addVector(value: WholeValue, info: FieldInfo, definition: ElastiknnDefinition): void {
  const { kind, dims } = definition
  const { vector, text } = readDocumentVector(value, kind, dims)
  assert(vector instanceof Float32Array, 'a dense vector is a Float32Array')
  if (value.sink.hasVector(info)) {
    throw argument(`Field [${info.name}] has more than one vector in the same document`)
  }
  value.sink.addVector(info, vector, text)
}

function queriesOf(name: string): FieldQueries {
  return {
    term: (value) => refuseTerm(name, value),
    terms: (values) => refuseTerm(name, values[0] ?? null),
    match: ({ text }) => refuseTerm(name, text),
    matchPhrase: ({ text }) => refuseTerm(name, text),
    range: () => refuse(name, 'does not support range queries'),
    pattern({ kind }) {
      throw argument(
        `Can only use ${kind} queries on keyword, text and wildcard fields - not on [${name}] which is of type [${denseTypeName}]`
      )
    },
    knn: null
  }
}

function refuseTerm(name: string, value: JsonScalar): never {
  return refuse(name, `doesn't support term queries with value of type [${javaType(value)}]`)
}

/** The class that Java has for a scalar of a body. */
function javaType(value: JsonScalar): string {
  switch (typeof value) {
    case 'string':
      return 'java.lang.String'
    case 'boolean':
      return 'java.lang.Boolean'
    case 'bigint':
      return 'java.math.BigInteger'
    case 'number':
      if (!Number.isInteger(value)) return 'java.lang.Double'
      return Math.abs(value) < 2 ** 31 ? 'java.lang.Integer' : 'java.lang.Long'
    default:
      return 'null'
  }
}

function refuse(name: string, why: string): never {
  throw argument(`Field [${name}] of type [${denseTypeName}] ${why}`)
}

function argument(message: string): VectorStoreError {
  return new VectorStoreError('REQUEST_ARGUMENT', message)
}
