/** What every field of scalars has in common: the rest of a LeafField is its type's own. */
import type { FieldInfo } from '../segment/index.ts'
import type { DefinitionContext, LeafField } from './field-type.ts'
import { booleanParameter, printParameters, stringsParameter } from './parameters.ts'
import type { Parameters } from './parameters.ts'

type ScalarFacts = Pick<
  LeafField,
  | 'name'
  | 'typeName'
  | 'info'
  | 'copyTo'
  | 'ignoreMalformed'
  | 'parseWhole'
  | 'toJson'
  | 'existsQuery'
  | 'vector'
>

export function scalarFacts(parameters: Parameters, info: FieldInfo): ScalarFacts {
  return {
    name: info.name,
    typeName: parameters.typeName,
    info,
    copyTo: stringsParameter(parameters, 'copy_to'),
    ignoreMalformed: booleanParameter(parameters, 'ignore_malformed'),
    parseWhole: null,
    toJson: () => printParameters(parameters),
    existsQuery: () => ({ type: 'exists', fields: [info] }),
    vector: null
  }
}

/** The field as segments know it. */
export function scalarInfo(
  { number, name }: DefinitionContext,
  column: FieldInfo['column'],
  postings: FieldInfo['postings']
): FieldInfo {
  return { number, name, column, postings, vector: null }
}

/** A value of a source as a list: arrays in arrays flattened, nulls left out. */
export function flat(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) return [value]
  return value.flatMap((each: unknown) => flat(each))
}
