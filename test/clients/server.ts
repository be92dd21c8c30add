/** A Leveret server of this checkout in a process of its own, on a free port and an empty folder. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { once } from 'node:events'

export type RunningServer = { readonly url: string; stop(): Promise<void> }

export async function startServer(): Promise<RunningServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-clients-'))
  const main = path.join(import.meta.dirname, '../../src/main.ts')
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    if (/ at http\S+/.test(text)) break
  }
  const url = / at (http\S+)/.exec(text)?.[1]
  if (url === undefined) throw new Error(`the server did not start: ${text}`)
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    }
  }
}
