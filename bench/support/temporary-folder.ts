import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A fresh folder, gone at the end of the block that declares it with `using`. */
export function temporaryFolder(bench: string): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), `leveret-${bench}-`))
  return {
    path: folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true })
  }
}
