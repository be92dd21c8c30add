/**
 * What a newcomer runs first: `npm run demo [-- FOLDER]`. Loads 9,750 movies through the embedded API, searches them as
 * a person would, judges the answers against exact neighbours, closes, opens again and compares.
 *
 * Without FOLDER everything happens in a temporary folder that is removed at the end.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { open } from '../src/index.ts'
import type { EmbeddedSearch, Index, OpenDatabase } from '../src/index.ts'
import { byteText, progress } from '../src/tool/index.ts'
import { findSet, readLines, readRows } from './data-set.ts'
import { recallAt, searchSet } from './recall-set.ts'

type Movie = {
  readonly title: string
  readonly text: string
  readonly genres: readonly string[]
  readonly director: string
  readonly year: number
  readonly rating: number
  readonly vector: Float32Array | readonly number[]
}
type MovieLine = Omit<Movie, 'vector'> & { readonly id: string }

const dataFolder = path.join(import.meta.dirname, '..', 'data')
const entry = findSet(dataFolder, 'movies-9k')
const indexName = 'movies'

const [given] = process.argv.slice(2)
const temporary = given === undefined ? await mkdtemp(path.join(tmpdir(), 'leveret-demo-')) : null
const folder = given ?? path.join(temporary!, 'data')
try {
  await run()
} finally {
  if (temporary !== null) await rm(temporary, { recursive: true, force: true })
}

async function run(): Promise<void> {
  const lines = readLines<MovieLine>(dataFolder, entry, 'docs.ndjson.gz')
  const rows = readRows(dataFolder, entry, 'base')
  const movies = lines.map(({ id, ...movie }, at): readonly [string, Movie] => [
    id,
    { ...pick(movie), vector: rows.row(at) as Float32Array }
  ])
  say(`Leveret demo: ${count(movies.length)} movies, each with a vector of ${rows.width} numbers`)
  say(
    '(Movie Search Ranking Dataset, CC BY 4.0; vectors by latent semantic analysis of the texts)\n'
  )

  let db = await open(folder)
  try {
    const index = await load(db, movies)
    showSearches(index, movies)
    judge(index, movies)
    const before = answers(index)
    const openMs = await timed(async () => {
      await db.close()
    })
    say(`\nClosed in ${openMs.toFixed(0)} ms.`)
    const started = performance.now()
    db = await open(folder)
    const again = db.index<Movie>(indexName)
    const [first] = again.search({ knn: knnOf(movieOf(movies, 'Alien').vector), size: 2 }).hits
    say(
      `Opened again; first answer after ${(performance.now() - started).toFixed(0)} ms: ${first?.doc.title ?? 'nothing'}`
    )
    const same = JSON.stringify(answers(again)) === JSON.stringify(before)
    say(
      `All ${count(before.length)} queries again: ${same ? 'the same answers, ids and scores' : 'DIFFERENT ANSWERS'}`
    )
    if (!same) process.exitCode = 1
  } finally {
    await db.close()
  }
  if (given !== undefined) {
    say(`\nThe data stays in ${folder}. Serve it with:  npm start -- --data ${folder}`)
    say(
      `and ask:  curl 'localhost:9200/${indexName}/_search?q=title:alien&_source_excludes=vector&pretty'`
    )
  } else
    say(
      '\nTo keep the data and serve it:  npm run demo -- ./demo-data  &&  npm start -- --data ./demo-data'
    )
}

/** Genres come in two spellings; one is enough to filter by. */
function pick({
  title,
  text,
  genres,
  director,
  year,
  rating
}: Omit<MovieLine, 'id'>): Omit<Movie, 'vector'> {
  return { title, text, genres: genres.map((genre) => genre.toLowerCase()), director, year, rating }
}

async function load(
  db: OpenDatabase,
  movies: readonly (readonly [string, Movie])[]
): Promise<Index<Movie>> {
  if (db.hasIndex(indexName)) await db.deleteIndex(indexName)
  const index = await db.createIndex<Movie>(indexName, {
    title: { type: 'text' },
    text: { type: 'text' },
    genres: { type: 'keyword' },
    director: { type: 'keyword' },
    year: { type: 'integer' },
    rating: { type: 'float' },
    vector: { type: 'vector', dims: 48, space: 'cosine' }
  })
  const line = progress('loading', movies.length, 'movies', process.stdout)
  const started = performance.now()
  await index.putMany(movies, { onProgress: (done) => line.update(done) })
  const seconds = (performance.now() - started) / 1_000
  line.end()
  const flushMs = await timed(() => index.flush())
  say(
    `Loaded in ${seconds.toFixed(1)} s: every movie is on disk (synced) and searchable. ` +
      `Made one segment of them in ${flushMs.toFixed(0)} ms; they take ${byteText(await folderBytes())}.\n`
  )
  return index
}

function showSearches(index: Index<Movie>, movies: readonly (readonly [string, Movie])[]): void {
  const alien = movieOf(movies, 'Alien')
  show(index, `Near to "${alien.title}" (${alien.year}), by its vector`, {
    knn: knnOf(alien.vector)
  })
  show(index, 'The same, but only animation from 1985 to 2010', {
    knn: {
      ...knnOf(alien.vector),
      filter: {
        bool: {
          filter: [{ term: { genres: 'animation' } }, { range: { year: { gte: 1985, lte: 2010 } } }]
        }
      }
    }
  })
  const text = 'stranded on a desert island'
  const match = { match: { text } }
  show(index, `Text "${text}" (BM25)`, { query: match })
  show(index, `Both: text "${text}" and near to "Alien" (vector score times 20, scores add up)`, {
    query: match,
    knn: { ...knnOf(alien.vector), k: 100, boost: 20 }
  })
}

function show(index: Index<Movie>, title: string, request: EmbeddedSearch): void {
  const { hits } = index.search({ ...request, size: 5 })
  say(title)
  for (const { score, doc } of hits) {
    const name = `${doc.title} (${doc.year})`
    say(`  ${score.toFixed(3).padStart(7)}  ${name.padEnd(48)} ${doc.genres.join(', ')}`)
  }
  say('')
}

function judge(index: Index<Movie>, movies: readonly (readonly [string, Movie])[]): void {
  const rowById = new Map(movies.map(([id], at) => [id, at]))
  const plan = { metric: 'cosine', field: 'vector', rowOf: (id: string) => rowById.get(id) ?? -1 }
  const { recall, searchUs, queryCount, zeroQueryCount, strategies } = searchSet(
    index,
    dataFolder,
    entry,
    plan
  )
  say(
    `${count(queryCount)} queries against exact neighbours (brute force, float64): recall@${recallAt} is ${recall.toFixed(4)}, ` +
      `${count(Math.round(1e6 / searchUs))} queries/s on one thread (${strategies}).`
  )
  if (strategies === 'exact')
    say('An index this small is scanned; larger segments are searched through a graph.')
  if (zeroQueryCount > 0)
    say(`${zeroQueryCount} queries have no known word and so no direction; they are left out.`)
}

/** Ids and scores of every query that has a direction. */
function answers(index: Index<Movie>): readonly (readonly [string, number])[][] {
  const queries = readRows(dataFolder, entry, 'queries')
  return Array.from({ length: queries.count }, (_, at) => queries.row(at) as Float32Array)
    .filter((query) => query.some((x) => x !== 0))
    .map((vector) =>
      index
        .search({ knn: { ...knnOf(vector), k: recallAt }, source: false })
        .hits.map((hit) => [hit.id, hit.score] as const)
    )
}

function knnOf(vector: Movie['vector']): { field: string; vector: Movie['vector']; k: number } {
  return { field: 'vector', vector, k: 6 }
}

function movieOf(movies: readonly (readonly [string, Movie])[], title: string): Movie {
  const found = movies.find(([, movie]) => movie.title === title)
  if (found === undefined) throw new RangeError(`no movie ${title}`)
  return found[1]
}

/** Without the reserve, which a store keeps for the day the disk is full, whatever it holds. */
async function folderBytes(): Promise<number> {
  const all = await readdir(folder, { recursive: true })
  const names = all.filter((name) => name !== 'reserve')
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(path.join(folder, name))).size)
  )
  return sizes.reduce((total, size) => total + size, 0)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
