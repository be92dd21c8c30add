/** Lines of a file as bytes, with the offset behind each, never the whole file in one string. */
import type { FileHandle } from 'node:fs/promises'

export type Line = { readonly bytes: Buffer; readonly number: number; readonly endOffset: number }

const chunkBytes = 2 ** 20

/** Lines from byte `from` on, empty ones left out; `\n` and `\r\n` end a line. `number` is that of the first line. */
export async function* lines(
  file: FileHandle,
  from: number,
  firstNumber: number
): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  let restOffset = from
  let number = firstNumber
  for (let offset = from; ;) {
    const chunk = Buffer.alloc(chunkBytes)
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, offset)
    offset += bytesRead
    const bytes: Buffer =
      rest.length === 0
        ? chunk.subarray(0, bytesRead)
        : Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    let start = 0
    for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
      const line = trimmed(bytes.subarray(start, end))
      start = end + 1
      if (line.length > 0) yield { bytes: line, number, endOffset: restOffset + start }
      number += 1
    }
    rest = bytes.subarray(start)
    restOffset += start
    if (bytesRead > 0) continue
    if (trimmed(rest).length > 0)
      yield { bytes: trimmed(rest), number, endOffset: restOffset + rest.length }
    return
  }
}

function trimmed(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line
}
