/** Method: mappings that are put, and documents that bring fields of their own, all at once, where each change takes several turns. */
import test from 'ava'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

test('putMapping: what is put and what documents bring meanwhile is all there, in memory and after a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const fieldCount = 3000
  const ask = async (
    db: Awaited<ReturnType<typeof openDatabase>>,
    method: string,
    path: string,
    body: object = {}
  ): Promise<unknown> => {
    const answer = await db.handle({ method, path, body })
    t.true(answer.status < 300, `${method} ${path}: ${String(answer.body).slice(0, 300)}`)
    return JSON.parse(String(answer.body))
  }
  const first = await openDatabase(t, folder)
  const names = Array.from({ length: fieldCount }, (_, at) => `f${at}`)
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'integer' }]))
  for (const index of ['a', 'b'])
    await ask(first, 'PUT', `/${index}`, {
      settings: { 'index.mapping.total_fields.limit': 20_000 },
      mappings: { properties }
    })
  await Promise.all(
    Array.from({ length: 12 }, (_, at) => [
      ask(first, 'PUT', '/a,b/_mapping', { properties: { [`put${at}`]: { type: 'keyword' } } }),
      ask(first, 'PUT', `/a/_doc/${at}`, { [`doc${at}`]: at }),
      ask(first, 'PUT', `/b/_doc/${at}`, { [`doc${at}`]: at })
    ]).flat()
  )
  const check = async (db: typeof first): Promise<void> => {
    const found = (await ask(db, 'GET', '/a,b/_mapping')) as Record<
      string,
      { mappings: { properties: object } }
    >
    for (const index of ['a', 'b']) {
      const known = Object.keys(found[index]!.mappings.properties)
      for (let at = 0; at < 12; at++)
        for (const name of [`put${at}`, `doc${at}`])
          t.true(known.includes(name), `${name} of ${index}`)
      t.is(known.length, fieldCount + 24)
    }
    t.like(await ask(db, 'POST', '/a/_count', { query: { range: { doc7: { gte: 7 } } } }), {
      count: 1
    })
  }
  await check(first)
  await first.close()
  await check(await openDatabase(t, folder))
})
