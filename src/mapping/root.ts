/** The root of a mapping: its own parameters, and what they mean for unmapped fields. */
import { finishAtOnce, VectorStoreError } from '../util/index.ts'
import type { Steps } from '../util/index.ts'
import type { MappingJson } from './contract.ts'
import { dateFormat } from './date-format.ts'
import { defaultDateFormats } from './dynamic-mapping.ts'
import type { DynamicRules } from './dynamic-mapping.ts'
import { readDynamicTemplates } from './dynamic-template.ts'
import type { DynamicTemplate } from './dynamic-template.ts'
import { unusedNumber } from './field-numbers.ts'
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
export function* readRoot(
  definition: MappingJson,
  previous: ObjectNode,
  context: TreeContext
): Steps<ObjectNode> {
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
  const { templates } = dynamicRules(parameters, context.registry)
  if (body['dynamic_templates'] !== undefined)
    for (const template of templates) checkTemplate(template, context)
  return {
    kind: 'object',
    path: '',
    isNested: false,
    dynamic: readDynamic('', parameters.get('dynamic')),
    enabled: parameters.has('enabled')
      ? readBoolean('_doc', 'enabled', parameters.get('enabled'))
      : true,
    parameters,
    children: yield* readProperties('', body['properties'] ?? {}, previous.children, context)
  }
}

/** Of one of the kinds of value that it is for, a template must make a field. Errors REQUEST_ARGUMENT. */
function checkTemplate(template: DynamicTemplate, context: TreeContext): void {
  const { kinds, name: templateName } = template
  // Where the name of the field stands in the definition, only that field tells what it means.
  if (template.namesField || kinds.length === 0) return
  const name = `__dynamic__${templateName.replaceAll('.', '_')}`
  const tried: TreeContext = { ...context, numberOf: () => unusedNumber }
  let fault: VectorStoreError | null = null
  for (const kind of kinds) {
    try {
      finishAtOnce(
        readProperties('', { [name]: template.definition(name, kind) }, new Map(), tried)
      )
      return
    } catch (cause) {
      if (!(cause instanceof VectorStoreError)) throw cause
      fault = cause
    }
  }
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `dynamic template [${templateName}] has invalid content [${JSON.stringify(template.content)}], attempted to validate it with the following match_mapping_type: [${kinds.join(', ')}]`,
    { cause: fault }
  )
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
