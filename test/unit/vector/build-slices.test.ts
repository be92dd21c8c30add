/** How long builds on the caller's thread keep the event loop waiting, by a clock that only rows and pages move. */
import test from 'ava'
import type { VectorRows } from '../../../src/vector/index.ts'
import { turnWorkMs } from '../../../src/util/index.ts'
import { specOf, vectorsOf } from '../../support/vector-sets.ts'
import { newestFormat } from '../../support/newest-format.ts'

const spec = specOf('float32', 'l2', 16, { m: 8, efConstruction: 20 })
const vectors = vectorsOf(spec, 12_000, 4)
/** What a row or a page costs by that clock: sums of it are exact, so a turn ends at the same row wherever the clock began. */
const unitMs = 1 / 16
/** Units between two looks at the clock come on top (16 rows and those of a sample, a page). */
const turnMsMax = turnWorkMs + 24 * unitMs

test.serial(
  'build: no turn of the loop reads or writes for longer than a slice and a step',
  async (t) => {
    const now = performance.now.bind(performance)
    // Never back: the thread's turns remember when the last one began.
    let nowMs = Math.ceil(now())
    for (const format of ['hnsw', 'flat']) {
      nowMs = Math.max(nowMs, Math.ceil(now()))
      let turnStartMs = nowMs
      let longestMs = 0
      let turnCount = 0
      let watching = true
      const work = (): void => {
        nowMs += unitMs
        longestMs = Math.max(longestMs, nowMs - turnStartMs)
      }
      const watch = (): void => {
        turnStartMs = nowMs
        turnCount += 1
        if (watching) setImmediate(watch)
      }
      const rows: VectorRows = {
        count: vectors.length,
        row: (at) => {
          work()
          return vectors[at]!
        }
      }
      performance.now = () => nowMs
      try {
        watch()
        await newestFormat(format).build(rows, spec, work, { seed: 1, threads: 0 })
      } finally {
        performance.now = now
        watching = false
      }
      t.true(longestMs <= turnMsMax, `${format}: ${longestMs} ms in one turn`)
      t.true(turnCount >= (vectors.length * unitMs) / turnMsMax, `${format}: ${turnCount} turns`)
    }
  }
)
