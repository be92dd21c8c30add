import { isUtf8 } from 'node:buffer'
import { bufferOf } from './json-bytes.ts'
import { cutNumbers } from './json-numbers.ts'
import { JsonScanner, jsonDepthMax } from './json-scan.ts'
import { keepIntegers, parseWithSource } from './json-source.ts'
import type { JsonScanOptions } from './json-scan.ts'

/**
 * Reads a JSON text: values as JSON.parse gives them, but integers beyond 2^53 as bigint.
 *
 * Cost     JSON.parse and a walk through its result where that shows that nothing was left out; else token by token.
 * Errors   REQUEST_SYNTAX with line and column: not JSON, not UTF-8, too deep, the same name twice in an object.
 */
export function parseJson(bytes: Uint8Array, options: JsonScanOptions = {}): unknown {
  const plain = options.cuts === undefined ? parsePlain(bytes, options.depthMax) : doubtful
  return plain === doubtful ? parseByToken(bytes, options) : plain
}

/** Stands for a value that was cut out of a text. No character: texts of people do not have it. */
const cutMark = '\uFFFE'

/**
 * As parseJson, but a long array of numbers is a Float64Array of the same numbers where `isWanted` says so.
 *
 * @param isWanted  Told the names of the members that lead to an array, elements of arrays left out.
 *
 * Errors   As parseJson.
 */
export function parseJsonWithVector(
  given: Uint8Array,
  isWanted: (path: readonly string[]) => boolean
): unknown {
  const bytes = bufferOf(given)
  const cut = isUtf8(bytes) ? cutNumbers(bytes) : null
  if (cut === null) return parseJson(bytes)
  const head = bytes.toString('utf8', 0, cut.start)
  const text = `${head}"${cutMark}"${bytes.toString('utf8', cut.end)}`
  const isAlone = text.lastIndexOf(cutMark) === head.length + 1 && !head.includes(cutMark)
  const value = isAlone ? parseText(text, jsonDepthMax) : doubtful
  return value !== doubtful && putBack(value, cut.numbers, [], isWanted) ? value : parseJson(bytes)
}

/** Puts the numbers where the mark is. False: they are not wanted there, or the mark is a name. */
function putBack(
  value: unknown,
  numbers: Float64Array,
  path: readonly string[],
  isWanted: (path: readonly string[]) => boolean
): boolean {
  if (typeof value !== 'object' || value === null) return false
  const members = value as Record<string, unknown>
  const isArray = Array.isArray(value)
  return Object.keys(members).some((name) => {
    const below = isArray ? path : [...path, name]
    if (members[name] !== cutMark) return putBack(members[name], numbers, below, isWanted)
    if (!isWanted(below)) return false
    members[name] = numbers
    return true
  })
}

/** What has to be read token by token: to be told where it is wrong, or because JSON.parse loses something of it. */
const doubtful: unique symbol = Symbol('doubtful')

/**
 * The value of a text that is as it should be.
 *
 * JSON.parse keeps one of two members of the same name. Every name and some strings have colons: where their number in the text is that in
 * the value, no name was left out. Escapes could hide one, so texts with escapes are read token by token.
 */
function parsePlain(given: Uint8Array, depthMax: number = jsonDepthMax): unknown {
  const bytes = bufferOf(given)
  return isUtf8(bytes) ? parseText(bytes.toString(), depthMax) : doubtful
}

function parseText(text: string, depthMax: number): unknown {
  if (text.includes('\\')) return doubtful
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return doubtful
  }
  return colonsOf(value, depthMax) === countColons(text) ? value : doubtful
}

/** Colons of the text of a value; NaN for one that is too deep, or whose text may have said something else. */
function colonsOf(value: unknown, depthLeft: number): number {
  if (typeof value === 'string') return countColons(value)
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? Number.NaN : 0
  if (typeof value !== 'object' || value === null) return 0
  if (depthLeft === 0) return Number.NaN
  let count = 0
  if (Array.isArray(value)) {
    for (const member of value) count += colonsOf(member, depthLeft - 1)
    return count
  }
  for (const name of Object.keys(value))
    count +=
      1 + countColons(name) + colonsOf((value as Record<string, unknown>)[name], depthLeft - 1)
  return count
}

function countColons(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count += 1
  return count
}

function parseByToken(bytes: Uint8Array, options: JsonScanOptions): unknown {
  const scanner = new JsonScanner(bytes, options)
  let hasUnsafeInteger = false
  scanner.next()
  while (scanner.token !== 'end') {
    if (scanner.token === 'number' && scanner.isInteger && scanner.end - scanner.start > 15) {
      hasUnsafeInteger ||= !Number.isSafeInteger(scanner.number())
    }
    scanner.next()
  }
  const text = scanner.bytes.toString()
  return hasUnsafeInteger ? parseWithSource(text, keepIntegers) : JSON.parse(text)
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
