/**
 * Definitions for values of unmapped fields.
 *
 * Source   Elasticsearch: text with .keyword (ignore_above 256), long, float, boolean, date by date_detection, a
 *          vector type for long arrays of decimal numbers, dynamic templates before all of them. Decided by tokens: 1 is
 *          a long, 1.0 a float.
 */
import type { JsonScanner } from '../util/index.ts'
import type { MappingJson } from './contract.ts'
import { dateFormat } from './date-format.ts'
import type { DynamicKind, DynamicTemplate } from './dynamic-template.ts'
import type { FieldTypeRegistry } from './field-type.ts'

export type DynamicRules = {
  readonly templates: readonly DynamicTemplate[]
  readonly dateDetection: boolean
  readonly dateFormats: readonly string[]
  readonly numericDetection: boolean
  readonly registry: FieldTypeRegistry
}

export const defaultDateFormats: readonly string[] = [
  'strict_date_optional_time',
  'yyyy/MM/dd HH:mm:ss Z||yyyy/MM/dd Z||yyyy/MM/dd HH:mm:ss||yyyy/MM/dd'
]

/** Definition for the scalar at the scanner's token; null for a JSON null. */
export function scalarDefinition(
  scanner: JsonScanner,
  path: string,
  rules: DynamicRules
): MappingJson | null {
  switch (scanner.token) {
    case 'true':
    case 'false':
      return byKind('boolean', path, rules, { type: 'boolean' })
    case 'number':
      return scanner.isInteger
        ? byKind('long', path, rules, { type: 'long' })
        : byKind('double', path, rules, { type: 'float' })
    case 'string':
      return stringDefinition(scanner.text(), path, rules)
    default:
      return null
  }
}

/** Definition of an unmapped object: from a template, or a plain object. */
export function objectDefinition(path: string, rules: DynamicRules): MappingJson {
  return byKind('object', path, rules, { type: 'object' })
}

/** Definition for an unmapped array of `count` decimal numbers as a vector; null: it is no vector. */
export function vectorDefinition(
  count: number,
  path: string,
  rules: DynamicRules
): MappingJson | null {
  if (template('double', path, rules) !== null) return null
  return rules.registry.dynamicFloatArray(count)
}

function stringDefinition(text: string, path: string, rules: DynamicRules): MappingJson {
  if (rules.dateDetection) {
    for (const format of rules.dateFormats) {
      if (!mayBeDate(text) || dateFormat(format).parse(text, false, null) === null) continue
      const isDefault = format === 'strict_date_optional_time'
      const definition = isDefault
        ? { type: 'date' }
        : { type: 'date', format: `${format}||epoch_millis` }
      return byKind('date', path, rules, definition)
    }
  }
  if (rules.numericDetection && /^[+-]?\d+$/.test(text)) {
    return byKind('long', path, rules, { type: 'long' })
  }
  if (rules.numericDetection && /^[+-]?\d*\.?\d+([eE][+-]?\d+)?$/.test(text)) {
    return byKind('double', path, rules, { type: 'float' })
  }
  return byKind('string', path, rules, {
    type: 'text',
    fields: { keyword: { type: 'keyword', ignore_above: 256 } }
  })
}

/** Elasticsearch looks for a date only where there is one of its separators; `2019` alone is a text. */
function mayBeDate(text: string): boolean {
  return /^[+-]?\d/.test(text) && /[:\-/]/.test(text)
}

function byKind(
  kind: DynamicKind,
  path: string,
  rules: DynamicRules,
  otherwise: MappingJson
): MappingJson {
  return template(kind, path, rules)?.definition(leafName(path), kind) ?? otherwise
}

function template(kind: DynamicKind, path: string, rules: DynamicRules): DynamicTemplate | null {
  const name = leafName(path)
  return rules.templates.find((each) => each.matches(path, name, kind)) ?? null
}

function leafName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}
