/** Goal: what is written about codes, keys, paths and numbers is what the code and the tree have. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import test from 'ava'
import { elasticsearchErrors } from '../../src/dialect/index.ts'
import { kind } from '../../src/store/index.ts'
import { kindByCode } from '../../src/util/index.ts'

/** Paths in backticks that look like files or folders of this tree. */
function missingPaths(text: string): string[] {
  return [...text.matchAll(/`((?:src|test|bench|scripts|data|\.ci)\/[\w./*-]*)`/g)]
    .map((match) => match[1] ?? '')
    .filter((path) => (path.includes('*') ? globSync(path).length === 0 : !existsSync(path)))
}

test('documents: every error code has a wire row, and every wire row a code', (t) => {
  t.deepEqual(Object.keys(elasticsearchErrors).toSorted(), Object.keys(kindByCode).toSorted())
})

test('documents: every kind of key has one row in the key table, with its number', (t) => {
  const source = readFileSync('src/store/keys.ts', 'utf8')
  const rows = [...source.matchAll(/^ \* \| (0x[0-9a-f]{2}) +\| (\w+)/gm)].map((m) => [
    m[2],
    Number(m[1])
  ])
  t.deepEqual(Object.fromEntries(rows), { ...kind })
})

test('documents: every path that ARCHITECTURE.md and README.md name is there', (t) => {
  t.deepEqual(missingPaths('see `src/nowhere/` and `src/util/`'), ['src/nowhere/'])
  for (const page of ['ARCHITECTURE.md', 'README.md', 'bench/README.md', 'data/README.md'])
    t.deepEqual(missingPaths(readFileSync(page, 'utf8')), [], page)
})

test('documents: every folder of src stands in ARCHITECTURE.md', (t) => {
  const page = readFileSync('ARCHITECTURE.md', 'utf8')
  const folders = globSync('src/*/').map((folder) =>
    folder.replaceAll('\\', '/').replace(/\/?$/, '/')
  )
  t.deepEqual(
    folders.filter((folder) => !page.includes(folder)),
    []
  )
})
