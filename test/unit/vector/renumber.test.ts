import test from 'ava'
import { localityOrder } from '../../../src/vector/hnsw/renumber.ts'
import type { Edges } from '../../../src/vector/hnsw/renumber.ts'
import { yieldEvery } from '../../../src/vector/slices.ts'
import { uniformOf } from '../../support/vector-sets.ts'

function edgesFrom(lists: readonly (readonly number[])[]): Edges {
  const starts = new Uint32Array(lists.length + 1)
  lists.forEach((list, node) => (starts[node + 1] = starts[node]! + list.length))
  return { starts, targets: Uint32Array.from(lists.flat()) }
}

test('localityOrder: every node has one place, with and without edges', async (t) => {
  for (const lists of [[], [[]], [[], [], []], [[1], [0], [], [2]]]) {
    const order = await localityOrder(edgesFrom(lists), yieldEvery(undefined))
    t.deepEqual(
      [...order].sort((a, b) => a - b),
      lists.map((_, at) => at)
    )
  }
})

test('localityOrder: neighbours that were scattered lie near each other', async (t) => {
  // A ring of 5,000 nodes with shuffled names, each linked to 4 on each side.
  const count = 5_000
  const uniform = uniformOf(6)
  const names = Array.from({ length: count }, (_, at) => at)
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(uniform() * (at + 1))
    ;[names[at], names[other]] = [names[other]!, names[at]!]
  }
  const lists: number[][] = Array.from({ length: count }, () => [])
  names.forEach((node, at) => {
    for (let step = 1; step <= 4; step++) {
      lists[node]!.push(names[(at + step) % count]!, names[(at + count - step) % count]!)
    }
  })
  const order = await localityOrder(edgesFrom(lists), yieldEvery(undefined))
  const place = new Uint32Array(count)
  order.forEach((node, at) => (place[node] = at))
  const share = (placeOf: (node: number) => number): number =>
    lists.flatMap((list, node) =>
      list.filter((other) => Math.abs(placeOf(other) - placeOf(node)) < 64)
    ).length /
    (8 * count)
  t.true(share((node) => node) < 0.1)
  t.true(share((node) => place[node]!) > 0.9)
})

test('localityOrder: a node that only one leads to lies near that one, not behind all others', async (t) => {
  // A ring of 3,000 nodes, each linked to 2 on each side and to a node of its own.
  const count = 3_000
  const lists = Array.from({ length: count }, (_, node) => [
    ...[1, 2].flatMap((step) => [(node + step) % count, (node + count - step) % count]),
    count + node
  ])
  const own = Array.from({ length: count }, (_, node) => [node])
  const order = await localityOrder(edgesFrom([...lists, ...own]), yieldEvery(undefined))
  const place = new Uint32Array(2 * count)
  order.forEach((node, at) => (place[node] = at))
  const near = lists.filter((_, node) => Math.abs(place[node]! - place[count + node]!) < 64)
  t.true(near.length > 0.9 * count, `${near.length} of ${count}`)
})
