import { JsonScanner } from './json-scan.ts'
import type { JsonScanOptions } from './json-scan.ts'

/**
 * Reads a JSON text: values as JSON.parse gives them, but integers beyond 2^53 as bigint.
 *
 * Errors   REQUEST_SYNTAX with line and column: not JSON, not UTF-8, too deep, the same name twice in an object.
 */
export function parseJson(bytes: Uint8Array, options: JsonScanOptions = {}): unknown {
  const scanner = new JsonScanner(bytes, options)
  let hasUnsafeInteger = false
  scanner.next()
  while (scanner.token !== 'end') {
    if (scanner.token === 'number' && scanner.isInteger && scanner.end - scanner.start > 15) {
      hasUnsafeInteger ||= !Number.isSafeInteger(scanner.number())
    }
    scanner.next()
  }
  if (!hasUnsafeInteger) return JSON.parse(scanner.bytes.toString('utf8', 0, scanner.bytes.length))
  const again = new JsonScanner(bytes, options)
  again.next()
  return readJsonValue(again)
}

/** The value at the scanner's current token as JSON.parse would give it, unsafe integers as bigint; stops at its last token. */
export function readJsonValue(scanner: JsonScanner): unknown {
  switch (scanner.token) {
    case 'objectStart':
      return readObject(scanner)
    case 'arrayStart': {
      const values: unknown[] = []
      while (scanner.next() !== 'arrayEnd') values.push(readJsonValue(scanner))
      return values
    }
    case 'number':
      return jsonNumber(scanner)
    case 'true':
    case 'false':
      return scanner.token === 'true'
    case 'null':
      return null
    default:
      return scanner.text()
  }
}

function readObject(scanner: JsonScanner): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  while (scanner.next() !== 'objectEnd') {
    const name = scanner.name()
    scanner.next()
    const value = readJsonValue(scanner)
    // Assigning would call the setter of `__proto__`.
    Object.defineProperty(object, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true
    })
  }
  return object
}

function jsonNumber(scanner: JsonScanner): number | bigint {
  const value = scanner.number()
  if (!scanner.isInteger || Number.isSafeInteger(value)) return value
  return BigInt(scanner.text())
}
