/**
 * One owner per folder (ARCHITECTURE.md R13). LevelDB's own lock is weak (reading the LOCK file releases it), so it is the
 * last of three:
 *   1. a registry in this process, by real path: LevelDB would open an aliased path twice;
 *   2. a local socket named by a hash of the real path, which dies with the process: an abstract socket on Linux, a named
 *      pipe on Windows, a socket file in the temporary folder elsewhere. It answers a connection with one line of JSON:
 *      who holds the folder;
 *   3. LevelDB's LOCK, for what shares the folder but not the socket's namespace (containers).
 */
import { createHash } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VectorStoreError } from '../util/index.ts'
import { codeOf, readIfThere } from './durable-file.ts'
import type { Server } from 'node:net'

export type Owner = {
  readonly pid: number
  readonly program: string
  readonly since: string
}

export type Lock = { readonly owner: Owner; release(): Promise<void> }

/** File with the owner, for when its process is stopped and does not answer. */
export const ownerName = 'owner.json'
const helloMsMax = 1_000
const held = new Map<string, Owner>()

/**
 * @param folder  Real path of the store's folder.
 * Errors   STORE_LOCKED with pid, program and since of the owner in `details`, as far as it answers.
 */
export async function acquireLock(folder: string): Promise<Lock> {
  const known = held.get(folder)
  if (known !== undefined) throw lockedError(folder, known)
  const owner: Owner = {
    pid: process.pid,
    program: process.argv[1] ?? process.title,
    since: new Date().toISOString()
  }
  held.set(folder, owner)
  try {
    const server = await listen(folder, owner)
    return {
      owner,
      release: async () => {
        await new Promise((resolve) => server.close(resolve))
        held.delete(folder)
      }
    }
  } catch (error) {
    held.delete(folder)
    throw error
  }
}

/** Who holds a folder, null when nobody answers. */
function askOwner(folder: string): Promise<Owner | null> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath(folder) })
    let text = ''
    const done = (owner: Owner | null): void => {
      socket.destroy()
      resolve(owner)
    }
    socket.setEncoding('utf8')
    socket.setTimeout(helloMsMax, () => done(null))
    socket.on('error', () => done(null))
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', () => done(parseOwner(text)))
  })
}

async function listen(folder: string, owner: Owner): Promise<Server> {
  const path = socketPath(folder)
  try {
    return await listenOn(path, owner)
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    const other = await askOwner(folder)
    const isFile = process.platform !== 'linux' && process.platform !== 'win32'
    // A socket file outlives its process; nobody answers, so it is stale, and LevelDB's own lock still stands behind.
    if (other !== null || !isFile) {
      const written = await readIfThere(join(folder, ownerName))
      throw lockedError(folder, other ?? parseOwner(written))
    }
    await unlink(path)
    return listenOn(path, owner)
  }
}

function listenOn(path: string, owner: Owner): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // Not left to the other side: an open connection would hold up the release.
    socket.end(`${JSON.stringify(owner)}\n`, () => socket.destroy())
  })
  server.unref()
  server.once('error', reject)
  server.listen({ path }, () => resolve(server))
  return promise
}

function socketPath(folder: string): string {
  const name = `leveret-${createHash('sha256').update(folder).digest('hex').slice(0, 40)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return join(tmpdir(), `${name}.sock`)
}

/** An owner as the socket or the owner file tells it, null when that is not readable. */
export function parseOwner(text: string | null): Owner | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { pid, program, since } = value as Partial<Owner>
    return { pid: Number(pid), program: String(program), since: String(since) }
  } catch {
    return null
  }
}

export function lockedError(
  folder: string,
  owner: Owner | null,
  cause?: unknown
): VectorStoreError {
  const who =
    owner === null
      ? 'another process that does not answer'
      : `process ${owner.pid} (${owner.program}) since ${owner.since}`
  return new VectorStoreError('STORE_LOCKED', `${folder} is held by ${who}`, {
    details: { folder, ...owner },
    ...(cause === undefined ? {} : { cause })
  })
}
