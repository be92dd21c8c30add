/** One index whose rows carry the keywords of their shares (shares.ts): what filters and deletes are measured on. */
import type { Index, OpenDatabase } from '../../src/index.ts'
import type { Measured } from './curve.ts'
import { askedHere, startCurve } from './curve.ts'
import type { Row } from './leveret-peers.ts'
import { buildLeveret, indexName, openLeveret, searchesOf } from './leveret-peers.ts'
import type { VectorSet } from './peer.ts'
import { keywordsOf } from './shares.ts'

export type SharedIndex = { readonly db: OpenDatabase; readonly index: Index<Row> }

/** Builds it in the folder and opens it for `measure`. */
export async function inSharedIndex<T>(
  set: VectorSet,
  folder: string,
  measure: (opened: SharedIndex) => Promise<T>
): Promise<T> {
  await buildLeveret(set, folder, { shares: keywordsOf })
  await using db = await openLeveret(folder)
  return await measure({ db, index: db.index<Row>(indexName) }) // before the database closes
}

/** An empty curve of searches with a filter or without. */
export const curveIn = (
  { index }: SharedIndex,
  name: string,
  set: VectorSet,
  filterOf?: () => Record<string, unknown>
): Measured => startCurve(name, askedHere(searchesOf(index, set, filterOf), set.queryCount), set)
