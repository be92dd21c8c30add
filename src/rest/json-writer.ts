/** Answers to JSON text: plain values, Maps (names may be anything), bigint, and leaves that are text already. */
import { RawJson, assert, jsonString } from '../util/index.ts'

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
  if (Array.isArray(value)) return writeArray(value)
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

function writeArray(values: readonly unknown[]): string {
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
  const parts: string[] = []
  let depth = 0
  const breakLine = (): void => {
    parts.push('\n', '  '.repeat(depth))
  }
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g
  let previous = ''
  for (const [part] of text.matchAll(token)) {
    const isClose = part === '}' || part === ']'
    if (isClose) {
      depth -= 1
      if (previous === '{' || previous === '[') parts.push(' ')
      else breakLine()
    } else if (previous === '{' || previous === '[') {
      breakLine()
    }
    parts.push(part === ':' ? ' : ' : part)
    if (part === '{' || part === '[') depth += 1
    if (part === ',') breakLine()
    previous = part
  }
  return parts.join('')
}
