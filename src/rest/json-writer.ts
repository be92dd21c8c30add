/** Answers to JSON text: plain values, Maps (names may be anything), bigint, and leaves that are text already. */
import { isList, RawJson, assert, jsonString } from '../util/index.ts'

/** Errors: a value that JSON does not have is a failed assertion. undefined members are left out. */
export function writeJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonString(value)
    case 'number':
      assert(Number.isFinite(value), 'a number of an answer is finite')
      return String(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      return value === null ? 'null' : writeObject(value)
  }
}

function writeObject(value: unknown): string {
  assert(typeof value === 'object' && value !== null, 'an answer is made of JSON values')
  if (isList(value)) return writeArray(value)
  if (value instanceof RawJson) return value.toString()
  if (value instanceof Map) return writeMap(value as Map<string, unknown>)
  if (ArrayBuffer.isView(value)) return writeArray(Array.from(value as Float32Array))
  if (isRawNumber(value)) return JSON.stringify(value)
  let text = ''
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name]
    if (member !== undefined)
      text += `${text === '' ? '{' : ','}${jsonString(name)}:${writeJson(member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

function isRawNumber(value: unknown): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
}

function writeArray(values: Iterable<unknown>): string {
  let text = ''
  for (const value of values) text += `${text === '' ? '[' : ','}${writeJson(value ?? null)}`
  return text === '' ? '[]' : `${text}]`
}

function writeMap(members: ReadonlyMap<string, unknown>): string {
  let text = ''
  for (const [name, member] of members)
    if (member !== undefined)
      text += `${text === '' ? '{' : ','}${jsonString(name)}:${writeJson(member)}`
  return text === '' ? '{}' : `${text}}`
}

/** Compact JSON text with line breaks and two blanks a level, numbers and strings as they stand. */
export function indentJson(text: string): string {
  const indenter = new JsonIndenter()
  return indenter.indent(text)
}

/** About a fifth of a millisecond. */
const piecePartsMin = 1024

/** Indents a text that comes in parts, none of which ends within a token. */
export class JsonIndenter {
  #depth = 0
  #previous = ''

  indent(text: string): string {
    return Array.from(this.pieces(text)).join('')
  }

  /** As indent, piece by piece. */
  *pieces(text: string): IterableIterator<string> {
    const parts: string[] = []
    const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g
    for (const [part] of text.matchAll(token)) {
      this.#add(part, parts)
      if (parts.length >= piecePartsMin) yield parts.splice(0).join('')
    }
    yield parts.join('')
  }

  #add(part: string, parts: string[]): void {
    const isFirst = this.#previous === '{' || this.#previous === '['
    const isClose = part === '}' || part === ']'
    if (isClose) this.#depth -= 1
    if (isClose && isFirst) parts.push(' ')
    else if (isClose || isFirst) this.#breakLine(parts)
    parts.push(part === ':' ? ' : ' : part)
    if (part === '{' || part === '[') this.#depth += 1
    if (part === ',') this.#breakLine(parts)
    this.#previous = part
  }

  #breakLine(parts: string[]): void {
    parts.push('\n', '  '.repeat(this.#depth))
  }
}
