/**
 * LanceDB, IVF_HNSW_SQ with one partition on disk; its own threads, as installed. With `refineFactor` it reads that many
 * times k original vectors and rescores them.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Peer, VectorSet } from '../peer.ts'
import { folderBytes, graphEfConstruction, graphM, queryOf } from '../peer.ts'

type Query = {
  nearestTo(vector: Float32Array): Query
  limit(k: number): Query
  select(columns: string[]): Query
  nprobes(count: number): Query
  ef(ef: number): Query
  refineFactor(factor: number): Query
  toArray(): Promise<{ readonly id: number }[]>
}
type Table = {
  createIndex(column: string, options: { readonly config: unknown }): Promise<void>
  add(data: unknown): Promise<unknown>
  query(): Query
  close(): void
}
type Connection = {
  createTable(name: string, data: unknown): Promise<Table>
  openTable(name: string): Promise<Table>
  close(): void
}
type LanceDb = {
  connect(folder: string): Promise<Connection>
  readonly Index: { hnswSq(options: Record<string, unknown>): unknown }
}
type Constructed = new (...given: never[]) => unknown
type Arrow = Readonly<
  Record<
    'Field' | 'FixedSizeList' | 'Float32' | 'Int32' | 'RecordBatch' | 'Schema' | 'Struct' | 'Table',
    Constructed
  >
> & { makeData(given: Record<string, unknown>): unknown }

/** Rows of one Arrow table given to LanceDB. */
const tableRows = 20_000

export function lancedb(
  name: string,
  refineFactor: number | null,
  loaded: unknown,
  arrow: unknown
): Peer {
  const library = loaded as LanceDb
  return {
    name,
    ...(refineFactor === null ? {} : { opensBuildOf: 'lancedb' }),
    async build(set, folder) {
      const place = path.join(folder, 'lance')
      mkdirSync(place, { recursive: true })
      const db = await library.connect(place)
      const started = performance.now()
      const tables = arrowTables(set, arrow as Arrow)
      const table = await db.createTable('vectors', tables.next().value)
      for (const more of tables) await table.add(more)
      const config = library.Index.hnswSq({
        distanceType: 'l2',
        numPartitions: 1,
        m: graphM,
        efConstruction: graphEfConstruction
      })
      await table.createIndex('vector', { config })
      const buildMs = performance.now() - started
      table.close()
      db.close()
      return { buildMs, diskBytes: folderBytes(place) }
    },
    async open(set, folder) {
      const db = await library.connect(path.join(folder, 'lance'))
      const table = await db.openTable('vectors')
      let ef = 64
      return {
        efforts: refineFactor === null ? [10, 16, 24, 32, 64, 128, 256] : [32, 64, 128, 256],
        setEffort(effort) {
          ef = effort
        },
        async search(at, k) {
          // Without `_distance` it warns at each search.
          const columns = ['id', '_distance']
          const asked = table.query().nearestTo(queryOf(set, at)).limit(k).select(columns)
          const walked = asked.nprobes(1).ef(Math.max(ef, k * (refineFactor ?? 1)))
          const refined = refineFactor === null ? walked : walked.refineFactor(refineFactor)
          return (await refined.toArray()).map((hit) => hit.id)
        },
        close() {
          table.close()
          db.close()
        }
      }
    }
  }
}

/** Tables of int32 `id` and fixed-size float32 `vector`, without a JavaScript array for each row. */
function* arrowTables(set: VectorSet, arrow: Arrow): Generator<unknown, undefined> {
  const make = (type: keyof Omit<Arrow, 'makeData'>, ...given: unknown[]): unknown =>
    new arrow[type](...(given as never[]))
  const float = make('Float32')
  const list = make('FixedSizeList', set.dims, make('Field', 'item', float, true))
  const fields = [make('Field', 'id', make('Int32'), false), make('Field', 'vector', list, false)]
  const schema = make('Schema', fields)
  for (let from = 0; from < set.rows; from += tableRows) {
    const length = Math.min(tableRows, set.rows - from)
    const ids = Int32Array.from({ length }, (_, at) => from + at)
    const values = set.base.slice(from * set.dims, (from + length) * set.dims)
    const child = arrow.makeData({ type: float, data: values, length: values.length, nullCount: 0 })
    const children = [
      arrow.makeData({ type: make('Int32'), data: ids, length, nullCount: 0 }),
      arrow.makeData({ type: list, length, nullCount: 0, child })
    ]
    const struct = arrow.makeData({ type: make('Struct', fields), length, nullCount: 0, children })
    yield make('Table', schema, make('RecordBatch', schema, struct))
  }
  return undefined
}
