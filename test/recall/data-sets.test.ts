/** The committed data sets: their files are those of the manifest, and searches at default settings find the neighbours. */
import path from 'node:path'
import test from 'ava'
import { findSet, readManifest, readSetFile } from '../../scripts/data-set.ts'
import { measureRecall } from '../../scripts/recall-set.ts'
import { openDatabase, temporaryFolder } from '../support/temporary-node.ts'

const folder = path.join(import.meta.dirname, '..', '..', 'data')
const recallFloor = 0.95
const entries = readManifest(folder)

/** Metrics a set has ground truth for beside its primary one, so that every float space is covered. */
const further: Readonly<Record<string, readonly string[]>> = {
  'lda8-10k': ['linf', 'l2'],
  'lucene-glove-100': ['dot'],
  'photo-sift-128': ['cosine']
}

test('data sets: every file of the manifest is there with its sum', (t) => {
  t.is(entries.length, 7)
  for (const entry of entries)
    for (const { file } of entry.files) t.notThrows(() => readSetFile(folder, entry, file), file)
})

for (const entry of entries)
  for (const metric of [entry.primary_metric ?? '', ...(further[entry.name] ?? [])])
    test.serial(
      `data sets: ${entry.name} by ${metric} reaches the recall floor at default settings`,
      async (t) => {
        t.timeout(600_000)
        const db = await openDatabase(t, await temporaryFolder(t))
        const { recall, queryCount } = await measureRecall(db, folder, entry, {
          metric,
          merge: true
        })
        t.log(`recall@10 ${recall.toFixed(4)} of ${queryCount} queries`)
        t.true(queryCount >= 100)
        t.true(recall >= recallFloor, `recall ${recall}`)
      }
    )

test.serial(
  'data sets: photo-sift-128 in several segments, then merged to one, is searched through graphs',
  async (t) => {
    t.timeout(600_000)
    const entry = findSet(folder, 'photo-sift-128')
    const several = await openDatabase(t, await temporaryFolder(t), { flushDocs: 10_000 })
    const parts = await measureRecall(several, folder, entry)
    t.true(parts.segmentCount >= 2, `${parts.segmentCount} segments`)
    t.true(parts.recall >= recallFloor, `recall ${parts.recall}`)
    await several.deleteIndex('photo-sift-128-l2')
    const one = await measureRecall(several, folder, entry, { merge: true })
    t.log(
      `recall@10 ${parts.recall.toFixed(4)} in ${parts.segmentCount} segments, ${one.recall.toFixed(4)} merged`
    )
    t.is(one.segmentCount, 1)
    t.is(one.strategies, 'graph')
    t.true(one.recall >= recallFloor, `recall ${one.recall}`)
  }
)
