/** Reads words of a stream from its pages (word-writer.ts). */
import { pageBytesMax } from '../geometry.ts'
import type { KernelContext } from '../kernels/context.ts'

type Pages = { frame(page: number): number }

/** Copies the words from `from` on of a stream, little-endian, of `wordBytes` each: as many as there is room for. */
export function readWords(
  context: KernelContext,
  pages: Pages,
  wordBytes: 2 | 4,
  from: number,
  words: Int32Array | Uint32Array
): void {
  const perPage = pageBytesMax / wordBytes
  const { buffer } = context
  for (let done = 0; done < words.length;) {
    const page = Math.floor((from + done) / perPage)
    const at = (from + done) % perPage
    const count = Math.min(words.length - done, perPage - at)
    const to = done
    context.stable(() => {
      const address = pages.frame(page) + at * wordBytes
      const Words = wordBytes === 2 ? Uint16Array : Uint32Array
      words.set(new Words(buffer as ArrayBuffer, address, count), to)
    })
    done += count
  }
}
