import test from 'ava'
import { segmentSuite } from '../../suite/segment.ts'
import { below, flatten, randomGroup, rootsOf } from '../../support/segment-documents.ts'
import type { Group, Random } from '../../support/segment-documents.ts'
import { SegmentStore, viewOf } from '../../support/segment-store.ts'

const stores = SegmentStore.open()

segmentSuite(test, 'MemorySegment', async (groups) => (await stores).buffer(groups).view())

segmentSuite(test, 'flushed segment', async (groups, random) => {
  const store = await stores
  const mixed = withOthers(groups, random, 0.1)
  const buffer = store.buffer(mixed.groups)
  for (const root of mixed.deleted) buffer.delete(root)
  return viewOf(store.open(await store.merge([buffer.view()])))
})

segmentSuite(test, 'merged segment', async (groups, random) => {
  const store = await stores
  // Older documents of the same ids, in a segment of which nothing is left but one document.
  const older = groups.slice(1).filter(() => random() < 0.2)
  const first = [groups[0]!, ...older.map(({ document }) => randomGroup(random, document.id, 1))]
  const [, ...gone] = rootsOf(flatten(first))
  const sources = [viewOf(await store.flush(first), gone)]
  for (let from = 1; from < groups.length;) {
    const to = from + 1 + below(random, groups.length)
    const mixed = withOthers(groups.slice(from, to), random, 0)
    sources.push(viewOf(await store.flush(mixed.groups), mixed.deleted))
    from = to
  }
  return viewOf(store.open(await store.merge(sources)))
})

/** The documents among others that are deleted, given by their roots' numbers. */
function withOthers(
  groups: readonly Group[],
  random: Random,
  updateShare: number
): { readonly groups: Group[]; readonly deleted: number[] } {
  const mixed: { readonly group: Group; readonly kept: boolean }[] = []
  for (const group of groups) {
    while (random() < 0.3)
      mixed.push({ group: randomGroup(random, `gone-${mixed.length}`, 1), kept: false })
    // An older document of the same id, as an update leaves it.
    if (random() < updateShare)
      mixed.push({ group: randomGroup(random, group.document.id, 1), kept: false })
    mixed.push({ group, kept: true })
  }
  const all = mixed.map(({ group }) => group)
  const deleted = rootsOf(flatten(all)).filter((_, at) => !mixed[at]!.kept)
  return { groups: all, deleted }
}
