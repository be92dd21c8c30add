/** Goal: what is written about codes, keys, paths and numbers is what the code and the tree have. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { elasticsearchDialect, elasticsearchErrors } from '../../src/dialect/index.ts'
import { createMapping } from '../../src/mapping/index.ts'
import { openRest } from '../../src/rest/index.ts'
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

/** Words in backticks of a cell; those in brackets stand for the one before. */
function wordsOf(cell: string): string[][] {
  return cell
    .split(/,(?![^(]*\))/)
    .map((part) => [...part.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''))
    .filter((words) => words.length > 0)
}

test('documents: every model, similarity and parameter of Elastiknn in README.md is taken, alone and in each spelling', (t) => {
  const { fieldTypes, parseFilter } = elasticsearchDialect()
  const rows = [
    ...readFileSync('README.md', 'utf8').matchAll(
      /^\| `(\w+)` \| `(elastiknn_\w+)` \|(.*)\|(.*)\|$/gm
    )
  ]
  t.is(rows.length, 8)
  for (const [, model = '', type = '', similarityCell = '', parameterCell = ''] of rows) {
    const parameters = wordsOf(parameterCell)
    for (const similarity of wordsOf(similarityCell).flat()) {
      for (const spelling of [0, 1, 2]) {
        const chosen = parameters.map((words) => words[Math.min(spelling, words.length - 1)]!)
        const values = chosen.map((name) => [name, name === 'repeating' ? true : 2])
        const given = model === 'lsh' ? { similarity } : {}
        const elastiknn = { dims: 4, model, ...given, ...Object.fromEntries(values) }
        const properties = { v: { type, elastiknn } }
        const mapping = createMapping({ properties }, fieldTypes, new Map())
        const vec = type.includes('sparse') ? [[1], 4] : [1, 0, 0, 0]
        const query = { field: 'v', vec, model, similarity }
        const parsed = parseFilter({ elastiknn_nearest_neighbors: query })
        const lowered = mapping.lower(parsed, {
          nowMs: 0,
          indexName: 'i',
          allowUnmappedFields: true,
          termsMax: 65_536
        })
        t.is(lowered.type, 'neighbors', JSON.stringify(elastiknn))
        // What is named is needed.
        for (const name of chosen.filter((each) => each !== 'repeating' && each !== 'bits')) {
          const { [name]: _left, ...rest } = elastiknn as Record<string, unknown>
          const lacking = { properties: { v: { type, elastiknn: rest } } }
          t.throws(() => createMapping(lacking, fieldTypes, new Map()), undefined, name)
        }
      }
    }
  }
})

test('documents: the curl lines of README.md work as they stand, one after another, and searches find something', async (t) => {
  const lines = readFileSync('README.md', 'utf8').match(/^curl .*$/gm) ?? []
  t.true(lines.length >= 7, `${lines.length} lines`)
  const data = await mkdtemp(join(tmpdir(), 'leveret-readme-'))
  const { node, handler } = await openRest(data, { reserveFileBytes: 0 })
  try {
    for (const line of lines) {
      const parts =
        /^curl -X (\w+) '?localhost:9200([^' ]+)'? -H 'content-type: application\/json' -d '(.*)'$/.exec(
          line
        )
      const [, method = '', target = '', body = ''] = parts ?? []
      const headers = { 'content-type': 'application/json' }
      const answer = await handler.handle({ method, path: target, headers, body })
      t.true(answer.status < 300, `${line}: ${String(answer.body)}`)
      if (target.endsWith('_search')) t.regex(String(answer.body), /"hits":\[\{/, line)
    }
  } finally {
    await node.close()
    await rm(data, { recursive: true })
  }
})
