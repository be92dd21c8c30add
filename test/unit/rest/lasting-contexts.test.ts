/** Scrolls and points in time wait for a flush before they are opened: what becomes of their index meanwhile is told as ever. */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { OpenDatabase } from '../../../src/rest/index.ts'
import { openDatabase, temporaryFolder } from '../../support/temporary-node.ts'

type Answer = { readonly status: number; readonly type: string | undefined }

async function ask(db: OpenDatabase, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await db.handle({ method, path, body: body ?? null })
  const { error } = JSON.parse(String(answer.body)) as { error?: { type: string } }
  return { status: answer.status, type: error?.type }
}

async function filled(t: ExecutionContext): Promise<OpenDatabase> {
  const db = await openDatabase(t, await temporaryFolder(t))
  for (let id = 0; id < 40; id++)
    t.is((await ask(db, 'PUT', `/one/_doc/${id}`, { year: id })).status, 201)
  return db
}

const openings = [
  ['POST', '/one/_search?scroll=10h'],
  ['POST', '/one/_pit?keep_alive=10h']
] as const

/** It may have been opened before. */
function checkAnswer(t: ExecutionContext, answer: Answer, refusal: Answer): void {
  if (answer.status !== 200) t.deepEqual(answer, refusal)
}

for (const [method, path] of openings) {
  test(`${path}: of an index that is closed meanwhile`, async (t) => {
    const db = await filled(t)
    const opening = ask(db, method, path)
    const closing = ask(db, 'POST', '/one/_close')
    checkAnswer(t, await opening, { status: 400, type: 'index_closed_exception' })
    t.is((await closing).status, 200)
  })

  test(`${path}: of an index that is deleted meanwhile`, async (t) => {
    const db = await filled(t)
    const opening = ask(db, method, path)
    const deleting = ask(db, 'DELETE', '/one')
    checkAnswer(t, await opening, { status: 404, type: 'index_not_found_exception' })
    t.is((await deleting).status, 200)
  })
}
