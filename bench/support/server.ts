/** Leveret as a process of its own, whose event loop can be asked for its delays. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { Heartbeat, WatchedTurns } from './heartbeat.ts'

export type ServerOptions = {
  readonly threads?: number
  readonly cacheBytes?: number
  readonly flushDocs?: number
  /** Of V8. */
  readonly nodeFlags?: readonly string[]
}

export type Server = {
  readonly port: number
  readonly pid: number
  /** Delays of the event loop since the last call. */
  heartbeat(): Promise<Heartbeat>
  /** Turns of its event loop while `work` runs. */
  watched(work: () => Promise<unknown>): Promise<WatchedTurns>
  stop(): Promise<void>
}

export async function startServer(folder: string, options: ServerOptions): Promise<Server> {
  const source = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')
  const heartbeat = path.join(import.meta.dirname, 'heartbeat.ts')
  const flags = ['serve', '--port', '0', '--data', folder]
  flags.push('--threads', String(options.threads ?? 0))
  flags.push('--cache', String(options.cacheBytes ?? 2 ** 30))
  if (options.flushDocs !== undefined) flags.push('--flush-docs', String(options.flushDocs))
  const nodeFlags = [...(options.nodeFlags ?? []), '--import', heartbeat]
  const child = spawn(process.execPath, [...nodeFlags, source, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const told = async (question: string): Promise<unknown> => {
    const answer = once(child, 'message')
    child.send(question)
    return (await answer)[0]
  }
  const output = child.stdout
  if (output === null) throw new Error('the server has no output')
  const port = await portOf(output)
  output.resume()
  return {
    port,
    pid: child.pid ?? 0,
    heartbeat: () => told('heartbeat') as Promise<Heartbeat>,
    async watched(work) {
      await told('watch')
      await work()
      return (await told('watched')) as WatchedTurns
    },
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
  }
}

async function portOf(output: Readable): Promise<number> {
  let text = ''
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    const port = / at http:\/\/[^:]+:(\d+)/.exec(text)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error(`the server did not start: ${text}`)
}

/** Big-endian float32, as Elasticsearch's clients encode vectors. */
export function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length)
  for (let at = 0; at < vector.length; at++) bytes.writeFloatBE(vector[at] ?? 0, 4 * at)
  return bytes.toString('base64')
}
