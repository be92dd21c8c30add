/** Field types by name: the core types, and those a dialect adds. */
import { booleanType } from './boolean-field.ts'
import type { MappingJson } from './contract.ts'
import { dateType } from './date-field.ts'
import type { FieldType, FieldTypeRegistry } from './field-type.ts'
import { keywordType } from './keyword-field.ts'
import { numberTypes } from './number-field.ts'
import { matchOnlyTextType, textType } from './text-field.ts'
import { vectorType } from './vector-field.ts'

export type RegistryOptions = {
  /** Definition for an unmapped array of this many decimal numbers. @default never a vector */
  readonly dynamicFloatArray?: (count: number) => MappingJson | null
  /** Named in the message for a knn query on another field. @default 'vector' */
  readonly vectorTypeName?: string
}

const coreTypes: readonly FieldType[] = [
  keywordType,
  textType,
  matchOnlyTextType,
  booleanType,
  dateType,
  ...numberTypes,
  vectorType
]

export function createFieldTypeRegistry(
  types: readonly FieldType[],
  options: RegistryOptions = {}
): FieldTypeRegistry {
  const byName = new Map([...coreTypes, ...types].map((type) => [type.typeName, type]))
  return {
    typeOf: (name) => byName.get(name) ?? null,
    dynamicFloatArray: options.dynamicFloatArray ?? (() => null),
    vectorTypeName: options.vectorTypeName ?? 'vector'
  }
}
