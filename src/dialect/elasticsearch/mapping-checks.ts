/**
 * What a mapping may say in Elasticsearch that is not built here: refused when it is put, never ignored. A mapping that is stored is not
 * looked at again, so that a version that builds less of it still opens it.
 */
import type { MappingJson } from '../../mapping/index.ts'
import { VectorStoreError } from '../../util/index.ts'
import { isObjectValue } from '../body-node.ts'
import { illegalArgument } from '../wire-failure.ts'
import { shown } from './dense-vector-checks.ts'

/** Values, as text, of parameters that change what is found or shown. Those that only save time or space may be anything. */
type Built = Readonly<Record<string, readonly string[]>>

const builtByType: Readonly<Record<string, Built>> = {
  text: {
    similarity: ['BM25'],
    norms: ['true'],
    fielddata: ['false'],
    index_options: ['positions', 'offsets'],
    position_increment_gap: ['100']
  },
  keyword: {
    similarity: ['BM25'],
    norms: ['false'],
    index_options: ['docs'],
    split_queries_on_whitespace: ['false']
  },
  date: { locale: ['ROOT', 'en', 'en_US', 'ENGLISH'] }
}

const builtOfObjects: Built = { subobjects: ['true'] }

const builtByMetadataField: Readonly<Record<string, Built>> = {
  _source: { enabled: ['true'], mode: ['stored'], includes: ['[]'], excludes: ['[]'] },
  _routing: { required: ['false'] },
  _field_names: { enabled: ['true'] },
  _size: { enabled: ['false'] },
  _data_stream_timestamp: { enabled: ['false'] }
}

const metaLimits = { entries: 5, keyLength: 20, valueLength: 50 }

/** Errors REQUEST_ARGUMENT with the values that are built; MAPPING_PARSE: `meta` or a metadata field of another shape. */
export function checkMapping(mapping: MappingJson): void {
  const { _doc: inner } = mapping
  if (isObjectValue(inner)) return checkMapping(inner)
  for (const [name, built] of Object.entries(builtByMetadataField))
    checkMetadataField(name, mapping[name], built)
  checkTemplates(mapping['dynamic_templates'])
  checkObject('', mapping)
}

function checkMetadataField(name: string, value: unknown, built: Built): void {
  if (!isObjectValue(value)) return
  for (const key of Object.keys(value))
    if (!Object.hasOwn(built, key))
      throw unparsed(`unknown parameter [${key}] on metadata field [${name}]`)
  checkValues(`[${name}]`, value, built)
}

/** The root, objects and nested objects. */
function checkObject(path: string, definition: MappingJson): void {
  const place = path === '' ? 'a mapping' : `field [${path}]`
  if (definition['dynamic'] === 'runtime')
    throw illegalArgument(
      `[dynamic: runtime] of ${place} is not supported by this version, wanted true, false or strict`
    )
  const { runtime, properties } = definition
  if (isObjectValue(runtime) && Object.keys(runtime).length > 0)
    throw illegalArgument(`[runtime] of ${place} is not supported by this version`)
  checkValues(place, definition, builtOfObjects)
  if (!isObjectValue(properties)) return
  for (const [name, field] of Object.entries(properties))
    if (isObjectValue(field)) checkField(path === '' ? name : `${path}.${name}`, field)
}

function checkField(path: string, definition: MappingJson): void {
  const { type, fields, meta } = definition
  if (type === undefined || type === 'object' || type === 'nested')
    return checkObject(path, definition)
  const built = builtByType[shown(type)]
  if (built !== undefined) checkValues(`field [${path}]`, definition, built)
  if (meta !== undefined && meta !== null) checkMeta(path, meta)
  if (!isObjectValue(fields)) return
  for (const [name, field] of Object.entries(fields))
    if (isObjectValue(field)) checkField(`${path}.${name}`, field)
}

function checkValues(place: string, definition: MappingJson, built: Built): void {
  for (const [key, allowed] of Object.entries(built)) {
    const value = definition[key]
    if (value === undefined || value === null || allowed.includes(shown(value))) continue
    throw illegalArgument(
      `[${key}: ${shown(value)}] of ${place} is not supported by this version, wanted ${allowed.join(' or ')}`
    )
  }
}

function checkTemplates(templates: unknown): void {
  if (!Array.isArray(templates)) return
  for (const entry of templates) {
    if (!isObjectValue(entry)) continue
    for (const [name, template] of Object.entries(entry)) {
      if (!isObjectValue(template)) continue
      if (template['runtime'] !== undefined)
        throw illegalArgument(
          `[runtime] of dynamic template [${name}] is not supported by this version, wanted mapping`
        )
      if (isObjectValue(template['mapping'])) checkField(name, template['mapping'])
    }
  }
}

/** Source   Elasticsearch TypeParsers.parseMeta. */
function checkMeta(name: string, meta: unknown): void {
  if (!isObjectValue(meta))
    throw unparsed(`[meta] must be an object, got ${javaText(meta)} for field [${name}]`)
  const keys = Object.keys(meta)
  if (keys.length > metaLimits.entries)
    throw unparsed(
      `[meta] can't have more than ${metaLimits.entries} entries, but got ${keys.length} on field [${name}]`
    )
  for (const key of keys)
    if (codePointCount(key) > metaLimits.keyLength)
      throw unparsed(
        `[meta] keys can't be longer than ${metaLimits.keyLength} chars, but got [${key}] for field [${name}]`
      )
  for (const value of Object.values(meta)) checkMetaValue(name, value)
}

function checkMetaValue(name: string, value: unknown): void {
  if (value === null) throw unparsed(`[meta] values can't be null (field [${name}])`)
  if (typeof value !== 'string')
    throw unparsed(
      `[meta] values can only be strings, but got ${javaText(value)} for field [${name}]`
    )
  if (codePointCount(value) > metaLimits.valueLength)
    throw unparsed(
      `[meta] values can't be longer than ${metaLimits.valueLength} chars, but got [${value}] for field [${name}]`
    )
}

/** A value with its class, as Java says it. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `ArrayList[${JSON.stringify(value)}]`
  if (typeof value === 'string') return `String[${value}]`
  if (typeof value === 'boolean') return `Boolean[${value}]`
  if (typeof value === 'bigint') return `Long[${value}]`
  if (typeof value !== 'number') return `LinkedHashMap[${JSON.stringify(value)}]`
  if (!Number.isInteger(value)) return `Double[${value}]`
  return `${Math.abs(value) < 2 ** 31 ? 'Integer' : 'Long'}[${value}]`
}

function unparsed(message: string): VectorStoreError {
  const cause = new VectorStoreError('MAPPING_PARSE', message)
  return new VectorStoreError('MAPPING_PARSE', `Failed to parse mapping: ${message}`, { cause })
}

function codePointCount(text: string): number {
  let count = 0
  for (const _point of text) count += 1
  return count
}
