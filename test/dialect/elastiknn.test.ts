/**
 * Goal: requests and answers of Elastiknn, as its documents, its tests and its clients know them, hold against a real node.
 * Method: every text file in elastiknn/ runs in order against an empty data folder of its own. Numbers were worked by hand.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { runExchanges } from './exchange.ts'

const folder = join(import.meta.dirname, 'elastiknn')

for (const file of readdirSync(folder).toSorted()) {
  test(`handle: answers ${file} as Elastiknn does`, async (t) => {
    t.deepEqual(await runExchanges(join(folder, file)), [])
  })
}
