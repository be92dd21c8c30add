/** The root of a mapping: its own parameters, and what they mean for unmapped fields. */
import { VectorStoreError } from '../util/index.ts'
import type { MappingJson } from './contract.ts'
import { dateFormat } from './date-format.ts'
import { defaultDateFormats } from './dynamic-mapping.ts'
import type { DynamicRules } from './dynamic-mapping.ts'
import { readDynamicTemplates } from './dynamic-template.ts'
import { textOf } from './leaf-queries.ts'
import type { FieldTypeRegistry } from './field-type.ts'
import { isObject, printedParameter, readDynamic, readProperties } from './mapping-tree.ts'
import type { ObjectNode, TreeContext } from './mapping-tree.ts'
import { readBoolean, shown } from './parameters.ts'

const rootParameters: ReadonlySet<string> = new Set([
  'dynamic',
  'date_detection',
  'numeric_detection',
  'dynamic_date_formats',
  'dynamic_templates',
  'enabled',
  'subobjects',
  'runtime',
  '_meta',
  '_source',
  '_routing',
  '_data_stream_timestamp',
  '_field_names',
  '_size'
])

/** The root with a definition put onto it. Errors MAPPING_PARSE, MAPPING_CONFLICT, REQUEST_ARGUMENT. */
export function readRoot(
  definition: MappingJson,
  previous: ObjectNode,
  context: TreeContext
): ObjectNode {
  const body = unwrapped(definition)
  const parameters = new Map(previous.parameters)
  const unsupported: string[] = []
  for (const [key, value] of Object.entries(body)) {
    if (key === 'properties') continue
    if (rootParameters.has(key)) parameters.set(key, printedParameter(key, value))
    else unsupported.push(` [${key} : ${shown(value)}]`)
  }
  if (unsupported.length > 0) {
    throw new VectorStoreError(
      'MAPPING_PARSE',
      `Root mapping definition has unsupported parameters: ${unsupported.join('')}`
    )
  }
  // Reading them finds their faults now, not with the first document.
  dynamicRules(parameters, context.registry)
  return {
    kind: 'object',
    path: '',
    isNested: false,
    dynamic: readDynamic('', parameters.get('dynamic')),
    enabled: parameters.has('enabled')
      ? readBoolean('_doc', 'enabled', parameters.get('enabled'))
      : true,
    parameters,
    children: readProperties('', body['properties'] ?? {}, previous.children, context)
  }
}

/** `{_doc: {…}}`, the form with a type name. */
function unwrapped(definition: MappingJson): MappingJson {
  const inner = definition['_doc']
  return Object.keys(definition).length === 1 && isObject(inner) ? inner : definition
}

/** A list, one, or `none`. Errors REQUEST_ARGUMENT: a format that cannot be read. */
function readFormats(value: unknown): readonly string[] {
  if (value === 'none') return []
  const formats = Array.isArray(value) ? value.map(textOf) : [textOf(value)]
  for (const format of formats) dateFormat(format)
  return formats
}

export function dynamicRules(
  parameters: ReadonlyMap<string, unknown>,
  registry: FieldTypeRegistry
): DynamicRules {
  const flag = (key: string, otherwise: boolean): boolean =>
    parameters.has(key) ? readBoolean('_doc', key, parameters.get(key)) : otherwise
  const formats = parameters.get('dynamic_date_formats')
  return {
    templates: readDynamicTemplates(parameters.get('dynamic_templates')),
    dateDetection: flag('date_detection', true),
    numericDetection: flag('numeric_detection', false),
    dateFormats: formats === undefined ? defaultDateFormats : readFormats(formats),
    registry
  }
}
