/** sqlite-vec in Node's own SQLite: exact search by scan. */
import { statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Peer } from '../peer.ts'
import { neighbours, queryOf, rowOf } from '../peer.ts'

type SqliteVec = { load(db: DatabaseSync): void }

export function sqliteVec(name: string, loaded: unknown): Peer {
  const library = loaded as SqliteVec
  const openDatabase = (folder: string): DatabaseSync => {
    const db = new DatabaseSync(path.join(folder, 'vectors.sqlite'), { allowExtension: true })
    library.load(db)
    return db
  }
  return {
    name,
    async build(set, folder) {
      const db = openDatabase(folder)
      db.exec(`create virtual table v using vec0(embedding float[${set.dims}])`)
      const started = performance.now()
      const insert = db.prepare('insert into v(rowid, embedding) values (?, ?)')
      for (let at = 0; at < set.rows; at += 1_000) {
        db.exec('begin')
        for (let one = at; one < Math.min(at + 1_000, set.rows); one++)
          insert.run(BigInt(one), Buffer.from(rowOf(set, one).slice().buffer))
        db.exec('commit')
      }
      const buildMs = performance.now() - started
      db.close()
      return { buildMs, diskBytes: statSync(path.join(folder, 'vectors.sqlite')).size }
    },
    async open(set, folder) {
      const db = openDatabase(folder)
      const select = db.prepare(`select rowid from v where embedding match ? and k = ${neighbours}`)
      return {
        efforts: [0],
        setEffort: () => undefined,
        search: (at) =>
          select
            .all(Buffer.from(queryOf(set, at).slice().buffer))
            .map((one) => Number(one['rowid'])),
        close: () => db.close()
      }
    }
  }
}
