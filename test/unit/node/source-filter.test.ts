/** Method: what patterns leave of random documents, beside a model that tries every pattern on every path. */
import test from 'ava'
import { wantedOfSource } from '../../../src/node/source-filter.ts'
import { filterText, finishAtOnce } from '../../../src/util/index.ts'
import { randomOf } from '../search/random.ts'
import type { Random } from '../search/random.ts'

const seedFirst = 20_261_122
const names = ['a', 'b', 'c', 'a.b', 'b.c', 'ab', '']

type Json = number | Json[] | { [name: string]: Json }

function randomValue(random: Random, depth: number): Json {
  if (depth === 0 || random.chance(0.3)) return random.int(9)
  if (random.chance(0.2)) return random.list(3, () => randomValue(random, depth - 1))
  return randomObject(random, depth)
}

function randomObject(random: Random, depth: number): { [name: string]: Json } {
  const members = random.list(
    4,
    () => [random.pick(names), randomValue(random, depth - 1)] as const
  )
  return Object.fromEntries(members)
}

const randomPattern = (random: Random): string => {
  const parts = Array.from({ length: 1 + random.int(3) }, () =>
    random.chance(0.15) ? random.pick(['*', 'a*', '*b']) : random.pick(['a', 'b', 'c', 'ab', ''])
  )
  return parts.join('.')
}

/** Whether a pattern names a path, or one above it. */
function namesPath(pattern: string, path: string): boolean {
  const text = pattern.replaceAll('.', '\\.').replaceAll('*', '.*')
  return new RegExp(`^${text}(\\..*)?$`, 's').test(path)
}

/** What is left of a value; path null: of the document. undefined: nothing. Objects of which nothing is wanted by themselves go when they are empty. */
function model(
  value: Json,
  path: string | null,
  includes: readonly string[],
  excludes: readonly string[]
): Json | undefined {
  const isNamed = path !== null && includes.some((pattern) => namesPath(pattern, path))
  const isIncluded = includes.length === 0 || isNamed
  if (typeof value === 'number') return isIncluded ? value : undefined
  if (Array.isArray(value)) {
    const kept = value.map((each) => model(each, path, includes, excludes))
    const left = kept.filter((each) => each !== undefined)
    return left.length === 0 && !isIncluded ? undefined : left
  }
  const kept: { [name: string]: Json } = {}
  for (const [name, member] of Object.entries(value)) {
    const below = path === null ? name : `${path}.${name}`
    if (excludes.some((pattern) => namesPath(pattern, below))) continue
    const left = model(member, below, includes, excludes)
    if (left !== undefined) kept[name] = left
  }
  return Object.keys(kept).length === 0 && !isIncluded ? undefined : kept
}

test('wantedOfSource: what any patterns leave is what a model leaves that tries each on each path', (t) => {
  t.log(`seeds from ${seedFirst}`)
  for (let seed = seedFirst; seed < seedFirst + 2_000; seed++) {
    const random = randomOf(seed)
    const source = randomObject(random, 4)
    const includes = random.list(3, () => randomPattern(random))
    const excludes = random.list(3, () => randomPattern(random))
    const filter = wantedOfSource({ includes, excludes })
    const left = finishAtOnce(filterText(Buffer.from(JSON.stringify(source)), filter))
    const wanted = model(source, null, includes, excludes)
    t.deepEqual(
      left === null ? undefined : JSON.parse(Buffer.from(left).toString()),
      wanted,
      `seed ${seed}: ${JSON.stringify({ source, includes, excludes })}`
    )
  }
})

test('wantedOfSource: names without a star are looked up, not tried one by one', (t) => {
  let lookCount = 0
  const pattern = (at: number): string => {
    const text = new String(`absent${at}.x`)
    return new Proxy(text, {
      get(of, name) {
        lookCount += 1
        const member: unknown = Reflect.get(of, name, of)
        return typeof member === 'function' ? (member.bind(of) as unknown) : member
      }
    }) as unknown as string
  }
  const includes = Array.from({ length: 1_000 }, (_none, at) => pattern(at))
  const filter = wantedOfSource({ includes, excludes: [] })
  const before = lookCount
  for (let at = 0; at < 100; at++) t.true(filter.below(`k${at}`).isEmpty)
  t.false(filter.below('absent7').isEmpty)
  t.is(lookCount, before)
})
