/** Limits of a mapping, from the index settings. */
import type { Steps } from '../util/index.ts'
import { argument } from './leaf-queries.ts'
import { visitTree } from './mapping-tree.ts'
import type { ObjectNode } from './mapping-tree.ts'

export type MappingLimits = {
  /** Objects, fields and multi-fields. @default 1000 */
  readonly totalFieldsMax: number
  /** Objects inside each other. @default 20 */
  readonly depthMax: number
  /** Nested object types. @default 100 */
  readonly nestedFieldsMax: number
  /** Nested objects of one document. @default 10000 */
  readonly nestedObjectsMax: number
}

export function readLimits(settings: ReadonlyMap<string, string>): MappingLimits {
  const limit = (name: string, otherwise: number): number => {
    const value =
      settings.get(`mapping.${name}.limit`) ?? settings.get(`index.mapping.${name}.limit`)
    if (value === undefined) return otherwise
    const number = Number(value)
    if (!Number.isInteger(number) || number < 0) {
      throw argument(`Failed to parse value [${value}] for setting [index.mapping.${name}.limit]`)
    }
    return number
  }
  return {
    totalFieldsMax: limit('total_fields', 1000),
    depthMax: limit('depth', 20),
    nestedFieldsMax: limit('nested_fields', 100),
    nestedObjectsMax: limit('nested_objects', 10_000)
  }
}

/** Errors REQUEST_ARGUMENT. */
export function* checkLimits(root: ObjectNode, limits: MappingLimits): Steps<void> {
  let fieldCount = 0
  let nestedCount = 0
  yield* visitTree(root, (node, depth) => {
    fieldCount += node.kind === 'leaf' ? 1 + node.subFields.size : 1
    if (node.kind !== 'object') return
    if (node.isNested) nestedCount++
    if (depth >= limits.depthMax) {
      throw argument(
        `Limit of mapping depth [${limits.depthMax}] has been exceeded due to object field [${node.path}]`
      )
    }
  })
  if (fieldCount > limits.totalFieldsMax) {
    throw argument(`Limit of total fields [${limits.totalFieldsMax}] has been exceeded`)
  }
  if (nestedCount > limits.nestedFieldsMax) {
    throw argument(`Limit of nested fields [${limits.nestedFieldsMax}] has been exceeded`)
  }
}
