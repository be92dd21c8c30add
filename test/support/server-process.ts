/** A Leveret server in a process of its own, on a free port, that can be stopped or killed. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export type ServerProcess = {
  readonly url: string
  readonly pid: number
  /** SIGTERM, and waits for the clean end. */
  stop(): Promise<void>
  /** SIGKILL, at once. */
  kill(): Promise<void>
}

const main = path.join(import.meta.dirname, '../../src/main.ts')

export async function startServer(
  folder: string,
  flags: readonly string[] = []
): Promise<ServerProcess> {
  const args = [main, 'serve', '--port', '0', '--data', folder, ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()))
  const url = await urlOf(child, () => errors)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return { url, pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

async function urlOf(child: ChildProcess, errors: () => string): Promise<string> {
  let text = ''
  if (child.stdout !== null)
    for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
      text += String(part)
      const url = / at (http\S+)/.exec(text)?.[1]
      if (url !== undefined) return url
    }
  throw new Error(`the server did not start: ${text} ${errors()}`)
}
