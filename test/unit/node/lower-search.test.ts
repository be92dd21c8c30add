/** Queries of many clauses are bound to an index in steps: the same queries, one clause a step. */
import test from 'ava'
import { loweringAhead, lowering } from '../../../src/node/lower-search.ts'
import type { NodeIndex } from '../../../src/node/types.ts'
import type { Query } from '../../../src/query/index.ts'
import { openTestNode, temporaryFolder } from '../../support/temporary-node.ts'
import { randomOf } from '../search/random.ts'
import type { Random } from '../search/random.ts'

const seedFirst = 20_261_122
const noClauses = { must: [], should: [], filter: [], mustNot: [], minimumShouldMatch: null }

const term = (value: number): Query => ({
  type: 'fieldTerm',
  field: value % 3 === 0 ? 'absent' : 'word',
  value: `w${value}`,
  caseInsensitive: false
})

function randomTree(random: Random, depth: number): Query {
  if (depth === 0 || random.chance(0.2)) return term(random.int(50))
  const list = (): Query[] =>
    Array.from({ length: random.int(6) }, () => randomTree(random, depth - 1))
  const one = (): Query => randomTree(random, depth - 1)
  const makers: (() => Query)[] = [
    () => ({ type: 'bool', ...noClauses, must: list(), should: list(), boost: 3 }),
    () => ({ type: 'bool', ...noClauses, filter: list(), mustNot: list(), name: 'n' }),
    () => ({ type: 'disMax', queries: list(), tieBreaker: 0 }),
    () => ({ type: 'constantScore', filter: one() }),
    () => ({ type: 'boosting', positive: one(), negative: one(), negativeBoost: 0.5 })
  ]
  return random.pick(makers)()
}

/** The same index, which counts the nodes that it lowers by themselves. */
function counting(index: NodeIndex): { readonly index: NodeIndex; readonly count: () => number } {
  let count = 0
  const mapping = new Proxy(index.mapping, {
    get(of, name) {
      const member: unknown = Reflect.get(of, name, of)
      if (name === 'lower') count += 1
      return typeof member === 'function' ? (member.bind(of) as unknown) : member
    }
  })
  return { index: { metadata: index.metadata, mapping } as NodeIndex, count: () => count }
}

test('loweringAhead: random trees become those of one piece, one clause a step', async (t) => {
  const node = await openTestNode(t, await temporaryFolder(t))
  const mappings = { properties: { word: { type: 'keyword' } } }
  await node.createIndex('a', { mappings, settings: new Map(), aliases: new Map() })
  const [target] = node.resolve(['a'], {
    ignoreUnavailable: false,
    allowNoIndices: false,
    expandHidden: false
  })
  const { index } = target!
  t.log(`seeds from ${seedFirst}`)
  for (let seed = seedFirst; seed < seedFirst + 200; seed++) {
    const tree = randomTree(randomOf(seed), 4)
    const counted = counting(index)
    const steps = loweringAhead(counted.index, [tree])
    let stepCount = 0
    let step = steps.next()
    for (; step.done !== true; step = steps.next()) {
      stepCount += 1
      t.is(counted.count(), stepCount, `seed ${seed}`)
    }
    t.deepEqual(step.value(tree), lowering(index)(tree), `seed ${seed}`)
    // The whole tree is one more.
    t.is(counted.count(), stepCount + 1)
  }
})
