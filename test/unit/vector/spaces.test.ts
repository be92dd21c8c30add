import test from 'ava'
import {
  formatOf,
  chooseFormat,
  firstNotFinite,
  isUnit,
  magnitude,
  normalise,
  smallIsNear
} from '../../../src/vector/index.ts'
import { squaredMagnitudeInLanes } from '../../../src/vector/lane-order.ts'
import { functionMetric, spaceMetric } from '../../../src/vector/spaces.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { createKernelMemory } from '../../../src/simd/index.ts'
import { scoreKernel } from '../../../src/vector/kernels/score-kernel.ts'
import { specOf, uniformOf } from '../../support/vector-sets.ts'
import { newestFormat } from '../../support/newest-format.ts'

test('cosine: the worked number of the Elasticsearch specification, to the last digit', async (t) => {
  // Section 35: [0.45, 45] against [-1, 42] prints 0.9997144 because both sides are normalised in float32.
  const spec = specOf('float32', 'cosine', 2)
  const pages = new ArrayPages()
  const rows = { count: 1, row: () => Float32Array.of(-1, 42) }
  const { meta } = await newestFormat('flat').build(rows, spec, pages.sink, { seed: 1, threads: 0 })
  const index = newestFormat('flat').open(meta, new ArrayPageSource(pages, 4))
  const value = index.rawScorer(Float32Array.of(0.45, 45))(0)
  t.is(Math.fround((1 + value) / 2), Math.fround(0.9997144))
})

test('normalise: a vector within 1e-3 of unit length is left alone', (t) => {
  const near = Float32Array.of(0.6, 0.8003)
  t.deepEqual(normalise(near), near)
  t.deepEqual(normalise(Float32Array.of(3, 4)), Float32Array.of(3 / 5, 4 / 5))
  t.true(isUnit(1.0009))
  t.false(isUnit(1.0011))
})

test('magnitude: float32 root of the float32 sum of squares', (t) => {
  t.is(magnitude(Float32Array.of(3, 4)), 5)
  t.is(magnitude(new Float32Array(3)), 0)
  t.is(magnitude(Float32Array.of(2e30, 2e30)), Number.POSITIVE_INFINITY)
})

test('firstNotFinite: the index of the first NaN or infinity', (t) => {
  t.is(firstNotFinite(Float32Array.of(1, 2)), -1)
  t.is(firstNotFinite(Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY)), 1)
  t.is(firstNotFinite(Float32Array.of(Number.NEGATIVE_INFINITY)), 0)
})

test('squaredMagnitudeInLanes: the very bits of the kernel', (t) => {
  const memory = createKernelMemory(1 << 20)
  const floats = new Float32Array(memory.buffer)
  const kernel = scoreKernel({ memory, fault: () => 0 })
  const at = 200_000
  const uniform = uniformOf(8)
  for (let dims = 1; dims < 70; dims++) {
    const row = Float32Array.from({ length: dims }, () => 4 * uniform() - 2)
    floats.set(row, at >>> 2)
    t.is(squaredMagnitudeInLanes(row), kernel.squaredMagnitude(at, dims), `${dims} dims`)
  }
})

test('spaceMetric, functionMetric: what is not defined is refused by name', (t) => {
  t.throws(() => spaceMetric(specOf('bit', 'cosine', 8)), { code: 'REQUEST_ARGUMENT' })
  t.throws(() => spaceMetric(specOf('float32', 'hamming', 8)), { code: 'REQUEST_ARGUMENT' })
  t.throws(() => functionMetric('hamming', 'float32'), { code: 'REQUEST_ARGUMENT' })
  t.throws(() => functionMetric('cosine', 'bit'), { code: 'REQUEST_ARGUMENT' })
})

test('smallIsNear: distances, not inner products', (t) => {
  t.deepEqual((['l2', 'l1', 'linf', 'hamming', 'cosine', 'dot', 'mip'] as const).map(smallIsNear), [
    true,
    true,
    true,
    true,
    false,
    false,
    false
  ])
})

test('formatOf: an unknown version is refused by name and number', (t) => {
  for (const version of [1, 2, 3, 4, 5, 6, 8])
    t.throws(() => formatOf('hnsw', version), {
      code: 'STORE_FORMAT',
      message: new RegExp(`hnsw version ${version}, wanted .*hnsw version 7`)
    })
})

test('chooseFormat: byte vectors whose codes would be longer than a page have no graph', (t) => {
  // Bytes compared as floats; with a norm behind them; as they are.
  const given = [
    ['l1', 4_096, 'hnsw'],
    ['l1', 4_097, 'flat'],
    ['linf', 16_384, 'flat'],
    ['cosine', 16_368, 'hnsw'],
    ['cosine', 16_369, 'flat'],
    ['l2', 16_384, 'hnsw']
  ] as const
  for (const [space, dims, name] of given)
    t.is(chooseFormat(specOf('int8', space, dims), 100_000).name, name, `${space} ${dims}`)
})

test('chooseFormat: a graph where one is wanted and a walk is much cheaper than a scan', (t) => {
  const formatFor = (dims: number, count: number) =>
    chooseFormat(specOf('float32', 'l2', dims), count).name
  t.is(formatFor(768, 999), 'flat')
  t.is(formatFor(768, 1_200), 'hnsw')
  t.is(formatFor(128, 1_200), 'flat')
  t.is(formatFor(128, 4_000), 'hnsw')
  t.is(formatFor(4, 4_000), 'flat')
  t.is(formatFor(4, 10_000), 'hnsw')
  t.is(chooseFormat({ ...specOf('float32', 'l2', 768), index: 'flat' }, 100_000).name, 'flat')
})

test('functionScorer: decimals against bytes, numbers against bits', async (t) => {
  const open = async (spec: ReturnType<typeof specOf>, row: Int8Array | Uint8Array) => {
    const pages = new ArrayPages()
    const { meta } = await newestFormat('flat').build(
      { count: 1, row: () => row },
      spec,
      pages.sink,
      { seed: 1, threads: 0 }
    )
    return newestFormat('flat').open(meta, new ArrayPageSource(pages, 4))
  }
  const bytes = await open(specOf('int8', 'l2', 3), Int8Array.of(1, -2, 3))
  t.is(bytes.functionScorer('dot', Float32Array.of(0.5, 0.5, 0.5))(0), 1)
  t.is(bytes.functionScorer('l2', Float32Array.of(1, -2, 5))(0), 2)
  const bits = await open(specOf('bit', 'hamming', 8), Uint8Array.of(0b1000_0001))
  // Most significant bit first: dimensions 0 and 7 are set.
  t.is(bits.functionScorer('dot', Float32Array.of(1, 2, 4, 8, 16, 32, 64, 128))(0), 129)
  t.throws(() => bytes.functionScorer('hamming', new Float32Array(3)), { code: 'REQUEST_ARGUMENT' })
})
