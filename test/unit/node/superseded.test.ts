/** Goal: the catalogue does not grow with its history. Method: keys counted on a simulated disk, over changes, crashes and damage. */
import test from 'ava'
import { indexMetadataKey, parseKey } from '../../../src/store/index.ts'
import { definition } from '../../support/node-requests.ts'
import { openOnDisk, reopenAfterCrash } from '../../support/simulated-node.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'
import type { RunningNode } from '../../../src/node/index.ts'

/** Numbers of the records of a kind and index, oldest first. */
function versionsOf(disk: SimulatedDisk, kind: 'catalogue' | 'indexMetadata', index = 0): number[] {
  return [...disk.entries.keys()]
    .map((name) => parseKey(Buffer.from(name, 'hex')))
    .filter((key) => key?.kind === kind && key.index === index)
    .map((key) => key?.number ?? -1)
    .toSorted((a, b) => a - b)
}

async function change(node: RunningNode, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at++)
    await node.putSettings(new Map([['one', new Map([['priority', `${at}`]])]]))
}

test('metadata: of hundreds of changes few records are left, and the newest settings are in force', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await node.createIndex('one', definition)
  const { number } = node.findIndex('one')!.metadata
  await change(node, 0, 300)
  await node.close()
  const kept = versionsOf(disk, 'indexMetadata', number)
  t.true(kept.length <= 33, `${kept.length} records`)
  t.is(kept.at(-1), 301)
  const again = await openOnDisk(t, disk)
  t.is(again.findIndex('one')?.metadata.settings.get('priority'), '299')
  await change(again, 300, 1)
  await again.close()
  t.deepEqual(versionsOf(disk, 'indexMetadata', number), [301, 302])
})

test('catalogue: after indices were made and deleted, lists that were replaced go, at the latest at the next start', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  for (let at = 0; at < 50; at++) {
    await node.createIndex(`index-${at}`, definition)
    if (at % 2 === 0) await node.deleteIndex(`index-${at}`)
  }
  const again = await reopenAfterCrash(t, disk)
  t.is(again.indices().length, 25)
  await again.close()
  t.deepEqual(versionsOf(disk, 'catalogue'), [75])
  const last = await openOnDisk(t, disk)
  t.is(last.indices().length, 25)
  const made = await last.createIndex('new', definition)
  t.is(made.metadata.number, 51)
})

test('metadata: while the newest record is damaged the older ones stay, to mend it with', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await node.createIndex('one', definition)
  const { number } = node.findIndex('one')!.metadata
  await change(node, 0, 3)
  await node.close()
  disk.flipBit(indexMetadataKey(number, 4), 300)
  const again = await openOnDisk(t, disk)
  t.truthy(again.findIndex('one')?.fault)
  await again.close()
  t.deepEqual(versionsOf(disk, 'indexMetadata', number), [1, 2, 3, 4])
})

test('recovery report: after a crash the records of a deleted index are not missed, those of one that is there are', async (t) => {
  const disk = new SimulatedDisk()
  const node = await openOnDisk(t, disk)
  await node.createIndex('one', definition)
  await node.createIndex('gone', definition)
  const { number } = node.findIndex('one')!.metadata
  await node.deleteIndex('gone')
  await node.verifyRecords()
  const again = await reopenAfterCrash(t, disk)
  t.deepEqual(again.recoveryReport.missingRecords, [])
  t.true(disk.entries.delete(Buffer.from(indexMetadataKey(number, 1)).toString('hex')))
  const last = await reopenAfterCrash(t, disk)
  t.deepEqual(last.recoveryReport.missingRecords, [
    { kind: 'indexMetadata', index: number, number: 1 }
  ])
})
