/** Nodes and databases in folders of their own that go away with the test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { elasticsearchDialect } from '../../src/dialect/index.ts'
import { openNode } from '../../src/node/index.ts'
import type { NodeOptions, RunningNode } from '../../src/node/index.ts'
import { open } from '../../src/rest/index.ts'
import type { OpenDatabase } from '../../src/rest/index.ts'

/** A reserve file is for full disks, and takes 64 MiB a folder. */
const quick: NodeOptions = { reserveFileBytes: 0 }

export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-node-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'data')
}

export async function openDatabase(
  t: ExecutionContext,
  folder: string,
  options: NodeOptions = {}
): Promise<OpenDatabase> {
  const db = await open(folder, { ...quick, ...options })
  t.teardown(() => db.close())
  return db
}

export async function openTestNode(
  t: ExecutionContext,
  folder: string,
  options: NodeOptions = {}
): Promise<RunningNode> {
  const node = await openNode(folder, { ...quick, ...options }, elasticsearchDialect())
  t.teardown(() => node.close())
  return node
}
