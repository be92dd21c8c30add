/** Action lines of `_bulk` as clients print them, read from their bytes. Any other line is parsed as JSON (bulk-line.ts). */
import type { BulkAction } from './bulk-line.ts'

const quote = 0x22
const comma = 0x2c
const braceClose = 0x7d

const heads = (['index', 'create', 'delete'] as const).map((type) => {
  return { type, bytes: Buffer.from(`{"${type}":{`) }
})
const indexName = Buffer.from('"_index":"')
const idName = Buffer.from('"_id":"')

/**
 * `{"index":{"_index":"name","_id":"id"}}` with either member, both or none, without blanks; names and ids of ASCII without escapes.
 *
 * @returns What parseBulkAction gives for the same line; null for any other line, right or wrong.
 */
export function plainBulkAction(line: Uint8Array): BulkAction | null {
  const head = heads.find(({ bytes }) => startsWith(line, 0, bytes))
  if (head === undefined) return null
  let at = head.bytes.length
  let index: string | null = null
  let id: string | null = null
  if (startsWith(line, at, indexName)) {
    const from = at + indexName.length
    at = plainEnd(line, from)
    if (at < 0) return null
    index = textOf(line, from, at)
    at += 1
    if (line[at] === comma) {
      at += 1
      if (line[at] !== quote) return null
    }
  }
  if (startsWith(line, at, idName)) {
    // Two members have a comma between them.
    if (index !== null && line[at - 1] !== comma) return null
    const from = at + idName.length
    at = plainEnd(line, from)
    if (at < 0) return null
    id = textOf(line, from, at)
    at += 1
  }
  if (line[at] !== braceClose || line[at + 1] !== braceClose || at + 2 !== line.length) return null
  return {
    type: head.type,
    index,
    id,
    routing: null,
    conditions: {},
    requireAlias: null,
    retryOnConflict: 0,
    source: undefined
  }
}

function textOf(line: Uint8Array, from: number, to: number): string {
  const buffer = Buffer.isBuffer(line)
    ? line
    : Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  return buffer.toString('latin1', from, to)
}

function startsWith(line: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) if (line[from + at] !== text[at]) return false
  return true
}

/** Place of the quote that ends a string; -1 where an escape, a control character or one beyond ASCII comes before. */
function plainEnd(line: Uint8Array, from: number): number {
  for (let at = from; at < line.length; at++) {
    const byte = line[at]!
    if (byte === quote) return at
    if (byte < 0x20 || byte >= 0x80 || byte === 0x5c) return -1
  }
  return -1
}
