/** Runs of bytes in a JSON text, and where they stand. */

export const quote = 0x22
export const backslash = 0x5c

/** 1 for what a string may hold that says nothing: ASCII but for quotes, backslashes and control characters. */
const plain: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash)
)

/** From here on something else stands within the next few bytes: most of a long text is passed over eight bytes at a time. */
export function plainUntil(bytes: Uint8Array, from: number): number {
  let at = from
  for (const end = bytes.length - 8; at <= end; at += 8) {
    const first =
      plain[bytes[at]!]! & plain[bytes[at + 1]!]! & plain[bytes[at + 2]!]! & plain[bytes[at + 3]!]!
    const second =
      plain[bytes[at + 4]!]! &
      plain[bytes[at + 5]!]! &
      plain[bytes[at + 6]!]! &
      plain[bytes[at + 7]!]!
    if ((first & second) === 0) break
  }
  return at
}

/** Behind the digits at `from`. */
export function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined || byte < 0x30 || byte > 0x39) return at
    at++
  }
}

/** Line and column of a byte, from 1, columns in bytes. */
export function locationOf(bytes: Uint8Array, offset: number): string {
  let line = 1
  let lineStart = 0
  for (let at = 0; at < offset; at++) {
    if (bytes[at] === 0x0a) {
      line++
      lineStart = at + 1
    }
  }
  return `${line}:${offset - lineStart + 1}`
}

/** A byte, as errors name it. */
export function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `code ${byte}`
}

/** The same bytes, not copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
