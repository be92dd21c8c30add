/**
 * Method: random JSON as clients may write it; the same done with its values. A value is a tree that keeps the order of names and
 * the text of numbers, made by the scanner.
 */
import test from 'ava'
import fc from 'fast-check'
import {
  filterText,
  finishAtOnce,
  JsonScanner,
  memberText,
  mergeText
} from '../../../src/util/index.ts'
import type { TextFilter } from '../../../src/util/index.ts'

const seed = 20261122
const numRuns = 200

type Tree = string | readonly Tree[] | ReadonlyMap<string, Tree>

function treeOf(scanner: JsonScanner): Tree {
  if (scanner.token === 'arrayStart') {
    const list: Tree[] = []
    while (scanner.next() !== 'arrayEnd') list.push(treeOf(scanner))
    return list
  }
  if (scanner.token === 'objectStart') {
    const members = new Map<string, Tree>()
    while (scanner.next() !== 'objectEnd') {
      const name = scanner.name()
      scanner.next()
      members.set(name, treeOf(scanner))
    }
    return members
  }
  const text = scanner.bytes.toString('utf8', scanner.start, scanner.end)
  return scanner.token === 'string' ? JSON.stringify(JSON.parse(text)) : text
}

function parse(text: string): Tree {
  const scanner = new JsonScanner(Buffer.from(text))
  scanner.next()
  return treeOf(scanner)
}

function print(tree: Tree): string {
  if (typeof tree === 'string') return tree
  if (tree instanceof Map) {
    const members = tree as ReadonlyMap<string, Tree>
    return `{${Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${print(value)}`).join(',')}}`
  }
  return `[${(tree as readonly Tree[]).map(print).join(',')}]`
}

const scalar = fc.oneof(
  {
    arbitrary: fc.constantFrom('1.0', '-0', '1E+2', '9007199254740993', '0', '12', 'true', 'null'),
    weight: 20
  },
  {
    arbitrary: fc.constantFrom(
      '""',
      '"\\ud800"',
      '"\\uD83D\\uDE00\\/\\u000A\\b"',
      '"\\u0022\\u005c\\\\"',
      '"a:b,c]}"',
      '"é€😀\u007f"'
    ),
    weight: 20
  },
  { arbitrary: fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)), weight: 10 },
  { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), weight: 10 },
  // Steps end in them and behind them.
  {
    arbitrary: fc
      .integer({ min: 2 ** 14, max: 2 ** 16 })
      .map((length) => `"${'x'.repeat(length)}\\n"`),
    weight: 1
  },
  {
    arbitrary: fc
      .integer({ min: 500, max: 6000 })
      .map((count) => `"${'\\ud83d\\ude00\\u00E9'.repeat(count)}"`),
    weight: 1
  }
)
const name = fc.constantFrom('a', 'b', 'c', 'd.e', '7', '3', '__proto__', 'é', 'q\\u0022', '')
const blanks = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n  ')
const { value, object } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('object'),
    listOf(tie('value'))
  ),
  object: fc
    .tuple(
      fc.uniqueArray(name, { maxLength: 6 }),
      fc.array(tie('value'), { minLength: 6, maxLength: 6 }),
      blanks
    )
    .map(
      ([names, values, gap]) =>
        `{${names.map((one, at) => `${gap}"${one}"${gap}:${gap}${values[at]!}${gap}`).join(',')}}`
    )
}))

function listOf(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(element, { maxLength: 5 }), blanks)
    .map(([values, gap]) => `[${values.map((one) => `${gap}${one}${gap}`).join(',')}]`)
}

const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString()

/** Verdicts by the end of a path: all, nothing, what is left, or what is left if anything is. */
type Verdict = 'all' | 'nothing' | 'rest' | 'some'

class PathFilter implements TextFilter {
  readonly #verdicts: ReadonlyMap<string, Verdict>
  readonly #path: string

  constructor(verdicts: ReadonlyMap<string, Verdict>, path: string) {
    this.#verdicts = verdicts
    this.#path = path
  }

  get #verdict(): Verdict {
    return this.#verdicts.get(this.#path) ?? 'rest'
  }

  get takesAll(): boolean {
    return this.#verdict === 'all'
  }

  get isEmpty(): boolean {
    return this.#verdict === 'nothing'
  }

  get keepsRest(): boolean {
    return this.#verdict === 'rest'
  }

  below(member: string): TextFilter {
    return new PathFilter(this.#verdicts, `${this.#path}/${member}`.slice(-4))
  }
}

function filterTree(tree: Tree, filter: TextFilter): Tree | null {
  if (filter.takesAll) return tree
  if (filter.isEmpty) return null
  if (typeof tree === 'string') return filter.keepsRest ? tree : null
  if (tree instanceof Map) {
    const kept = new Map<string, Tree>()
    for (const [member, inner] of tree as ReadonlyMap<string, Tree>) {
      const left = filterTree(inner, filter.below(member))
      if (left !== null) kept.set(member, left)
    }
    return kept.size > 0 || filter.keepsRest ? kept : null
  }
  const kept = (tree as readonly Tree[])
    .map((element) => filterTree(element, filter))
    .filter((element) => element !== null)
  return kept.length > 0 || filter.keepsRest ? kept : null
}

const paths = ['', '/a', '/b', '/c', '/a/b', '/a/a', '/d.e', '/3', '/é', 'a/c', 'b/7', '/q"']
const verdicts = fc
  .array(fc.constantFrom<Verdict>('all', 'nothing', 'rest', 'some'), {
    minLength: paths.length,
    maxLength: paths.length
  })
  .map((each) => new Map(paths.map((path, at) => [path, each[at]!])))

test('filterText: leaves what is left of the values, in their order', (t) => {
  fc.assert(
    fc.property(value, verdicts, blanks, (text, each, gap) => {
      const filter = new PathFilter(each, '')
      const wanted = filterTree(parse(text), filter)
      const got = finishAtOnce(filterText(Buffer.from(`${gap}${text}${gap}`), filter))
      if (textOf(got) !== (wanted === null ? null : print(wanted)))
        throw new Error(`${text}: ${textOf(got)}, wanted ${wanted === null ? null : print(wanted)}`)
    }),
    { seed, numRuns }
  )
  t.pass()
})

function mergeTree(
  current: ReadonlyMap<string, Tree>,
  partial: ReadonlyMap<string, Tree>
): [Tree, boolean] {
  const merged = new Map(current)
  let changed = false
  for (const [member, given] of partial) {
    const before = current.get(member)
    if (before instanceof Map && given instanceof Map) {
      const [inner, isChanged] = mergeTree(before, given)
      merged.set(member, inner)
      changed ||= isChanged
    } else if (before === undefined || print(before) !== print(given)) {
      merged.set(member, given)
      changed = true
    }
  }
  return [merged, changed]
}

test('mergeText: puts the members of one object into another, and says whether that is new', (t) => {
  const changes = new Set<boolean>()
  fc.assert(
    fc.property(object, object, fc.boolean(), (text, other, isSame) => {
      const partial = print(parse(isSame ? text : other))
      const [wanted, isChanged] = mergeTree(
        parse(text) as ReadonlyMap<string, Tree>,
        parse(partial) as ReadonlyMap<string, Tree>
      )
      const { merged, changed } = finishAtOnce(mergeText(Buffer.from(text), Buffer.from(partial)))
      changes.add(changed)
      if (textOf(merged) !== print(wanted) || changed !== isChanged)
        throw new Error(
          `${text} with ${partial}: ${changed} ${textOf(merged)}, wanted ${isChanged} ${print(wanted)}`
        )
    }),
    { seed, numRuns }
  )
  t.is(changes.size, 2)
})

test('memberText: is the text of a member without blanks', (t) => {
  fc.assert(
    fc.property(object, name, blanks, (text, member, gap) => {
      const plain = JSON.parse(`"${member}"`) as string
      const wanted = (parse(text) as ReadonlyMap<string, Tree>).get(plain)
      const got = finishAtOnce(memberText(Buffer.from(gap + text + gap), plain))
      if (textOf(got) !== (wanted === undefined ? null : print(wanted)))
        throw new Error(`${plain} of ${text}: ${textOf(got)}`)
    }),
    { seed, numRuns }
  )
  t.pass()
})

test('filterText: goes through names that no object keeps in their order', (t) => {
  const all = { takesAll: false, isEmpty: false, keepsRest: true, below: () => all }
  const text = '{"10":1.0,"9":-0,"__proto__":{"2":[1e3],"1":"\\u00e9"}}'
  t.is(
    textOf(finishAtOnce(filterText(Buffer.from(text), all))),
    '{"10":1.0,"9":-0,"__proto__":{"2":[1e3],"1":"é"}}'
  )
})

test('filterText, mergeText, memberText: a long text takes many steps', (t) => {
  const all = { takesAll: true, isEmpty: false, keepsRest: true, below: () => all }
  const none = { takesAll: false, isEmpty: true, keepsRest: false, below: () => none }
  const text = Buffer.from(
    `{"a":[${'12,'.repeat(2 ** 18)}"${'x'.repeat(2 ** 19)}${'\\u00e9'.repeat(2 ** 17)}"]}`
  )
  const countOf = (steps: Iterable<unknown>): number => Array.from(steps).length
  const least = text.length / 2 ** 17
  const members = Buffer.from(
    `{${Array.from({ length: 2 ** 17 }, (_, at) => `"${at}":1`).join(',')},"a":1}`
  )
  const rest = { ...none, isEmpty: false, below: () => none }
  t.true(countOf(filterText(members, rest)) > members.length / 2 ** 17)
  t.true(countOf(mergeText(members, Buffer.from('{}'))) > members.length / 2 ** 17)
  t.true(countOf(mergeText(Buffer.from('{}'), members)) > members.length / 2 ** 17)
  t.true(countOf(memberText(members, 'a')) > members.length / 2 ** 17)
  t.true(countOf(filterText(text, all)) > least)
  t.true(countOf(filterText(text, none)) > least)
  t.true(countOf(mergeText(text, Buffer.from('{}'))) > least)
  t.true(countOf(mergeText(Buffer.from('{}'), text)) > least)
  t.true(countOf(memberText(text, 'a')) > least)
})
