/** What every segment answers, wherever it lies: run on the write buffer, on a flushed segment and on a merged one. */
import type { TestFn } from 'ava'
import type { SegmentView } from '../../src/segment/index.ts'
import { flatten, randomGroups, randomOf } from '../support/segment-documents.ts'
import type { Group, Random } from '../support/segment-documents.ts'
import type { SegmentCases } from './segment/case.ts'
import { columnCases } from './segment/columns.ts'
import { documentCases } from './segment/documents.ts'
import { termCases } from './segment/terms.ts'
import { vectorCases } from './segment/vectors.ts'

/** Makes a segment that holds exactly these documents, in this order. */
export type SegmentBuilder = (groups: readonly Group[], random: Random) => Promise<SegmentView>

const cases: SegmentCases = { ...documentCases, ...columnCases, ...termCases, ...vectorCases }
const seeds = [1, 2, 3]
const sizes = [1, 40, 400]

export function segmentSuite(test: TestFn, name: string, build: SegmentBuilder): void {
  for (const [title, run] of Object.entries(cases)) {
    test(`${name}: ${title}`, async (t) => {
      for (const seed of seeds) {
        for (const size of sizes) {
          const random = randomOf(seed * 1000 + size)
          const groups = randomGroups(random, size)
          const view = await build(groups, random)
          try {
            run({ t, reader: view.reader, docs: flatten(groups), random })
          } catch (error) {
            t.log(`seed ${seed}, ${size} documents`)
            throw error
          }
        }
      }
    })
  }
}
