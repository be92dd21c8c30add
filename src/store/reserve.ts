/**
 * The reserve file: bytes really written, given back to the file system when it is full, so that LevelDB can be opened (it
 * must write about the size of its log to do so) and deleting works. Made again when there is room.
 */
import { open, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

const chunkBytes = 1 << 20

export class Reserve {
  readonly #folder: string
  readonly #path: string
  readonly #bytes: number

  constructor(folder: string, bytes: number) {
    this.#folder = folder
    this.#path = join(folder, 'reserve')
    this.#bytes = bytes
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder)
    return bavail * bsize
  }

  async isFilled(): Promise<boolean> {
    if (this.#bytes === 0) return true
    const bytes = await stat(this.#path).then(
      ({ size }) => size,
      () => 0
    )
    return bytes >= this.#bytes
  }

  async give(): Promise<void> {
    await rm(this.#path, { force: true })
  }

  /** True when the reserve is there, or could be made with `spareBytes` left over. */
  async fill(spareBytes: number): Promise<boolean> {
    const filled = await this.isFilled()
    const free = await this.freeBytes()
    if (free < spareBytes + (filled ? 0 : this.#bytes)) return false
    return filled || this.#write()
  }

  async #write(): Promise<boolean> {
    const handle = await open(this.#path, 'w', 0o600)
    try {
      // Not zeros: file systems keep those as holes or compress them away.
      const chunk = new Uint8Array(chunkBytes)
      for (let at = 0; at < chunkBytes; at++) chunk[at] = (at * 2_654_435_761) >>> 24
      for (let left = this.#bytes; left > 0; left -= chunkBytes) {
        await handle.write(chunk, 0, Math.min(left, chunkBytes))
      }
      return true
    } catch {
      // Somebody else took the room meanwhile: no reserve is an ordinary answer, asked for again later.
      await handle.truncate(0)
      return false
    } finally {
      await handle.close()
    }
  }
}
