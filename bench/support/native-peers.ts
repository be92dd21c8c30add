/** Peers from npm, as npm installs them. A package that is absent leaves its peers out; its reason is told in a line. */
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Peer } from './peer.ts'
import { hnswlib } from './peers/hnswlib.ts'
import { lancedb } from './peers/lancedb.ts'
import { pgvector } from './peers/pgvector.ts'
import { sqliteVec } from './peers/sqlite-vec.ts'
import { usearch } from './peers/usearch.ts'

export const benchFolder: string = path.join(import.meta.dirname, '..')
const installed = createRequire(path.join(benchFolder, 'package.json'))
/** Where rebuildNative puts what it compiled. */
export const rebuiltFolder: string = path.join(benchFolder, '.cache', 'native')
/** By its own path: a search for its name would end at what npm built, under a wrong name. */
const rebuiltPackage = path.join(rebuiltFolder, 'node_modules', 'hnswlib-node')

/** A peer's packages are loaded only when it is wanted: some take 100 MB in the process. */
const makers: Readonly<Record<string, (name: string) => Peer>> = {
  'hnswlib-node': (name) => hnswlib(name, installed('hnswlib-node')),
  'hnswlib-node rebuilt': (name) => hnswlib(name, installed(rebuiltPackage)),
  'usearch f32': (name) => usearch(name, 'F32', installed('usearch')),
  'usearch i8': (name) => usearch(name, 'I8', installed('usearch')),
  'sqlite-vec (exact)': (name) => sqliteVec(name, installed('sqlite-vec')),
  lancedb: (name) => lancedb(name, null, installed('@lancedb/lancedb'), installed('apache-arrow')),
  'lancedb refine 3': (name) =>
    lancedb(name, 3, installed('@lancedb/lancedb'), installed('apache-arrow')),
  'pglite pgvector': (name) =>
    pgvector(name, installed('@electric-sql/pglite'), installed('@electric-sql/pglite-pgvector'))
}

/** Peers of wanted names that are installed, and a line for each that is not. */
export function nativePeers(isWanted: (name: string) => boolean): {
  readonly peers: readonly Peer[]
  readonly missing: readonly string[]
} {
  const peers: Peer[] = []
  const missing: string[] = []
  for (const [name, make] of Object.entries(makers)) {
    if (!isWanted(name)) continue
    try {
      peers.push(make(name))
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
      missing.push(`${name}: ${reason}`)
    }
  }
  return { peers, missing }
}
