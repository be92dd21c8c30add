/** Answers to JSON text: plain values, Maps (names may be anything), bigint, and leaves that are text already. */
import { RawJson, assert } from '../util/index.ts'

/** Errors: a value that JSON does not have is a failed assertion. undefined members are left out. */
export function writeJson(value: unknown): string {
  const parts: string[] = []
  writeValue(value, parts)
  return parts.join('')
}

function writeValue(value: unknown, parts: string[]): void {
  if (value === null) parts.push('null')
  else if (typeof value === 'string') parts.push(JSON.stringify(value))
  else if (typeof value === 'number') {
    assert(Number.isFinite(value), 'a number of an answer is finite')
    parts.push(String(value))
  } else if (typeof value === 'boolean' || typeof value === 'bigint') parts.push(String(value))
  else if (value instanceof RawJson) parts.push(value.toString())
  else if (Array.isArray(value)) writeArray(value, parts)
  else if (ArrayBuffer.isView(value)) writeArray(Array.from(value as Float32Array), parts)
  else if (value instanceof Map) writeMembers(value as Map<string, unknown>, parts)
  else if (isRawNumber(value)) parts.push(JSON.stringify(value))
  else {
    assert(typeof value === 'object', 'an answer is made of JSON values')
    writeMembers(Object.entries(value), parts)
  }
}

function isRawNumber(value: unknown): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
}

function writeArray(values: readonly unknown[], parts: string[]): void {
  parts.push('[')
  for (const [at, value] of values.entries()) {
    if (at > 0) parts.push(',')
    writeValue(value ?? null, parts)
  }
  parts.push(']')
}

function writeMembers(members: Iterable<readonly [string, unknown]>, parts: string[]): void {
  parts.push('{')
  let isFirst = true
  for (const [name, value] of members) {
    if (value === undefined) continue
    if (!isFirst) parts.push(',')
    isFirst = false
    parts.push(JSON.stringify(name), ':')
    writeValue(value, parts)
  }
  parts.push('}')
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
