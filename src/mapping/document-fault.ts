/** Errors of documents, with line and column of the token at fault. */
import { VectorStoreError, readJsonValue } from '../util/index.ts'
import type { JsonScanner } from '../util/index.ts'
import type { LeafField } from './field-type.ts'

/** Faults of values as field types throw them; others (syntax, programmer errors) pass through unchanged. */
export function isOperating(error: unknown): error is VectorStoreError {
  return (
    error instanceof VectorStoreError &&
    error.code !== 'REQUEST_SYNTAX' &&
    error.code !== 'DOC_PARSE'
  )
}

export function docFault(scanner: JsonScanner, message: string): VectorStoreError {
  return new VectorStoreError('DOC_PARSE', `[${scanner.location()}] ${message}`)
}

export function wholeFault(scanner: JsonScanner, cause: VectorStoreError): VectorStoreError {
  return new VectorStoreError(
    'DOC_PARSE',
    `[${scanner.location()}] failed to parse: ${cause.message}`,
    { cause }
  )
}

export function scalarFault(
  scanner: JsonScanner,
  field: LeafField,
  documentId: string,
  error?: VectorStoreError
): VectorStoreError {
  const location = scanner.location()
  const isObject = scanner.token === 'objectStart'
  const cause =
    error ??
    new VectorStoreError('REQUEST_ARGUMENT', `Can't get text on a START_OBJECT at ${location}`)
  return new VectorStoreError(
    'DOC_PARSE',
    `[${location}] failed to parse field [${field.name}] of type [${field.typeName}] in document with id '${documentId}'. ` +
      `Preview of field's value: '${isObject ? javaMapText(scanner) : scanner.text()}'`,
    { cause }
  )
}

export function strictFault(scanner: JsonScanner, path: string, within: string): VectorStoreError {
  const dot = path.lastIndexOf('.')
  const name = dot < 0 ? path : path.slice(dot + 1)
  return new VectorStoreError(
    'MAPPING_STRICT',
    `[${scanner.location()}] mapping set to strict, dynamic introduction of [${name}] within [${within === '' ? '_doc' : within}] is not allowed`
  )
}

/** `{a=1, b=[2, 3]}`: how Java prints the object at the scanner. */
function javaMapText(scanner: JsonScanner): string {
  return javaText(readJsonValue(scanner))
}

function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${key}=${javaText(each)}`)
      .join(', ')}}`
  }
  return String(value)
}
