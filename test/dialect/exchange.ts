/**
 * Recorded exchanges as text: requests and the answers that the documents of a product promise.
 *
 *   # What the case shows.
 *   PUT /img?timeout=1s
 *   x-opaque-id: 7                       headers, if any
 *   {"mappings": {}}                     body; several lines are NDJSON
 *   ----
 *   200                                  status, then the headers that matter, then the body
 *   {"acknowledged": true, "took": "<number>"}
 *
 * A body that is JSON is compared as JSON. Placeholders: "<any>", "<number>", "<string>", "</pattern/>"; a member
 * "..." of an expected object: "<any>" allows members that are not listed. A body that is not JSON is text, `<any>`
 * being any text.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRest } from '../../src/rest/index.ts'

export type Exchange = {
  readonly title: string
  readonly line: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly status: number
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly answer: string | null
}

const requestLine = /^(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) (\S+)$/
const headerLine = /^([a-z][\w-]*): (.+)$/

export function parseExchanges(text: string): Exchange[] {
  const lines = text.split('\n')
  const starts = lines.flatMap((line, at) => (requestLine.test(line) ? [at] : []))
  return starts.map((start, at) => parseOne(lines, start, starts[at + 1] ?? lines.length))
}

function parseOne(lines: readonly string[], start: number, end: number): Exchange {
  const [, method = '', path = ''] = requestLine.exec(lines[start] ?? '') ?? []
  const rule = lines.indexOf('----', start)
  if (rule < 0 || rule >= end) throw new Error(`line ${start + 1}: a request without ----`)
  const request = splitHeaders(lines.slice(start + 1, rule))
  const [status = '', ...rest] = lines.slice(rule + 1, end).filter((line) => !line.startsWith('# '))
  const answer = splitHeaders(rest)
  const sent = request.body.filter((line) => line !== '')
  return {
    title: titleOf(lines, start),
    line: start + 1,
    method,
    path,
    headers: request.headers,
    body: sent.length === 0 ? null : sent.length === 1 ? (sent[0] ?? '') : `${sent.join('\n')}\n`,
    status: Number(status),
    answerHeaders: answer.headers,
    answer: answer.body.join('\n').trim() === '' ? null : answer.body.join('\n').trim()
  }
}

function titleOf(lines: readonly string[], start: number): string {
  const comment = lines.slice(0, start).findLast((line) => line.startsWith('# '))
  return comment?.slice(2) ?? ''
}

function splitHeaders(lines: readonly string[]): {
  headers: Record<string, string>
  body: string[]
} {
  const headers: Record<string, string> = {}
  let at = 0
  for (; at < lines.length; at++) {
    const match = headerLine.exec(lines[at] ?? '')
    if (match === null) break
    headers[match[1] ?? ''] = match[2] ?? ''
  }
  return { headers, body: lines.slice(at) }
}

/** Runs a file in order against an empty data folder of its own; what differed, with the line of the exchange. */
export async function runExchanges(file: string): Promise<string[]> {
  const data = await mkdtemp(join(tmpdir(), 'leveret-exchange-'))
  const { node, handler } = await openRest(data)
  try {
    const faults: string[] = []
    for (const exchange of parseExchanges(readFileSync(file, 'utf8'))) {
      const { method, path, headers, body } = exchange
      const answer = await handler.handle({ method, path, headers, body })
      const found = [
        ...differences(exchange.status, answer.status, 'status'),
        ...differences({ ...exchange.answerHeaders, '...': '' }, answer.headers, 'headers'),
        ...bodyDifferences(exchange.answer, String(answer.body ?? ''))
      ]
      if (found.length === 0) continue
      faults.push(`${file}:${exchange.line} ${exchange.title} ${method} ${path}`, ...found)
    }
    return faults
  } finally {
    await node.close()
    await rm(data, { recursive: true })
  }
}

/** What differs, as paths with both values; none when the answer is as expected. */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (typeof expected === 'string') return stringDifferences(expected, actual, path)
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return [`${path}: ${actual.length} elements, wanted ${expected.length}`]
    return expected.flatMap((member, at) => differences(member, actual[at], `${path}.${at}`))
  }
  if (isObject(expected) && isObject(actual)) {
    const isOpen = Object.hasOwn(expected, '...')
    const wanted = Object.keys(expected).filter((key) => key !== '...')
    const extra = isOpen ? [] : Object.keys(actual).filter((key) => !wanted.includes(key))
    return [
      ...extra.map((key) => `${path}.${key}: not expected, is ${JSON.stringify(actual[key])}`),
      ...wanted.flatMap((key) =>
        Object.hasOwn(actual, key)
          ? differences(expected[key], actual[key], `${path}.${key}`)
          : [`${path}.${key}: missing`]
      )
    ]
  }
  return Object.is(expected, actual) ? [] : [mismatch(expected, actual, path)]
}

function stringDifferences(expected: string, actual: unknown, path: string): string[] {
  if (expected === '<any>') return []
  if (expected === '<number>' || expected === '<string>')
    return typeof actual === expected.slice(1, -1) ? [] : [mismatch(expected, actual, path)]
  const pattern = /^<\/(.*)\/>$/s.exec(expected)
  if (pattern !== null)
    return new RegExp(pattern[1] ?? '', 's').test(String(actual))
      ? []
      : [mismatch(expected, actual, path)]
  return expected === actual ? [] : [mismatch(expected, actual, path)]
}

function mismatch(expected: unknown, actual: unknown, path: string): string {
  return `${path}: is ${JSON.stringify(actual)}, wanted ${JSON.stringify(expected)}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Differences of a body, JSON or text. */
export function bodyDifferences(expected: string | null, actual: string): string[] {
  if (expected === null) return actual === '' ? [] : [`body: is ${actual}, wanted none`]
  if (/^[[{"]/.test(expected)) return differences(JSON.parse(expected), JSON.parse(actual))
  const parts = expected
    .split('<any>')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`^${parts.join('.*?')}$`, 's')
  const lines = actual.split('\n').map((line) => line.trimEnd())
  return pattern.test(lines.join('\n').trim()) ? [] : [`body: is\n${actual}\nwanted\n${expected}`]
}
