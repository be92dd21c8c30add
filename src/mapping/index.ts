/** Here is a document, give me typed fields; here is a query with field names, give me one the index can answer. */
export type * from './types.ts'
export { createMapping, createMappingInSteps, openMapping } from './index-mapping.ts'
export { createFieldTypeRegistry } from './registry.ts'
export type {
  DefinitionContext,
  FieldQueries,
  FieldSink,
  FieldType,
  FieldTypeRegistry,
  KnnFieldQuery,
  LeafField,
  VectorText,
  WholeValue
} from './field-type.ts'
export { conflictText, mapperConflict, readBoolean, sameJson } from './parameters.ts'
