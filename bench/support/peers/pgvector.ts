/** pgvector in PGlite (PostgreSQL compiled to WebAssembly) on a folder: HNSW with hnswlib's parameters. */
import path from 'node:path'
import type { Peer } from '../peer.ts'
import { folderBytes, graphEfConstruction, graphM, queryOf, rowOf } from '../peer.ts'

type Database = {
  exec(sql: string): Promise<unknown>
  query(sql: string, values: unknown[]): Promise<{ readonly rows: { readonly id: number }[] }>
  close(): Promise<void>
}
type PGlite = {
  readonly PGlite: {
    create(folder: string, options: Record<string, unknown>): Promise<Database>
  }
}

/** Rows of one insert. */
const insertRows = 500

const textOf = (vector: Float32Array): string => `[${vector.join(',')}]`

export function pgvector(name: string, loaded: unknown, extension: unknown): Peer {
  const library = loaded as PGlite
  const { vector } = extension as { readonly vector: unknown }
  const place = (folder: string): string => path.join(folder, 'pglite')
  const create = (folder: string): Promise<Database> =>
    library.PGlite.create(place(folder), { extensions: { vector } })
  return {
    name,
    async build(set, folder) {
      const db = await create(folder)
      await db.exec(
        `create extension vector; create table t(id int primary key, e vector(${set.dims}))`
      )
      await db.exec("set maintenance_work_mem = '1GB'")
      const started = performance.now()
      for (let from = 0; from < set.rows; from += insertRows) {
        const length = Math.min(insertRows, set.rows - from)
        const values = Array.from(
          { length },
          (_, at) => `(${from + at}, '${textOf(rowOf(set, from + at))}')`
        )
        await db.exec(`insert into t values ${values.join(',')}`)
      }
      await db.exec(
        `create index on t using hnsw (e vector_l2_ops) with (m = ${graphM}, ef_construction = ${graphEfConstruction})`
      )
      const buildMs = performance.now() - started
      await db.close()
      return { buildMs, diskBytes: folderBytes(place(folder)) }
    },
    async open(set, folder) {
      const db = await create(folder)
      const queries = Array.from({ length: set.queryCount }, (_, at) => textOf(queryOf(set, at)))
      return {
        // Fewer than k candidates are fewer than k rows.
        efforts: [10, 12, 16, 24, 32, 64, 128, 256],
        async setEffort(ef) {
          await db.exec(`set hnsw.ef_search = ${ef}`)
        },
        async search(at, k) {
          const sql = `select id from t order by e <-> $1 limit ${k}`
          return (await db.query(sql, [queries[at]])).rows.map((row) => row.id)
        },
        close: () => db.close()
      }
    }
  }
}
