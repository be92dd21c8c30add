/** Newline-delimited JSON: lines of a body as they come, blank ones too. */
import { illegalArgument } from '../dialect/index.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Lines without their ends (`\n` or `\r\n`).
 *
 * @param name  What the body is, for the message: `bulk`, `msearch`.
 *
 * Errors   REQUEST_ARGUMENT when the last line has no end.
 */
export function* ndjsonLines(bytes: Uint8Array, name: string): IterableIterator<Uint8Array> {
  if (bytes.at(-1) !== newline)
    throw illegalArgument(`The ${name} request must be terminated by a newline [\\n]`)
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(newline, from)
    const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end
    yield bytes.subarray(from, to)
    from = end + 1
  }
}
