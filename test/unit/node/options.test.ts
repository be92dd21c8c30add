import test from 'ava'
import { resolveNodeOptions } from '../../../src/node/index.ts'
import type { NodeOptions } from '../../../src/node/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

const mebibyte = 2 ** 20

test('resolveNodeOptions: defaults hold where nothing is said, undefined says nothing', (t) => {
  const options = resolveNodeOptions({ threads: undefined } as unknown as NodeOptions)
  t.is(options.cacheBytes, 256 * mebibyte)
  t.is(options.flushBytes, 64 * mebibyte)
  t.is(options.threads, 0)
  t.true(Object.isFrozen(options))
})

test('resolveNodeOptions: a smaller cache makes smaller write buffers', (t) => {
  t.is(resolveNodeOptions({ cacheBytes: 32 * mebibyte }).flushBytes, 8 * mebibyte)
  t.is(resolveNodeOptions({ cacheBytes: 48 * mebibyte }).flushBytes, 12 * mebibyte)
  t.is(resolveNodeOptions({ cacheBytes: 1024 * mebibyte }).flushBytes, 64 * mebibyte)
})

test('resolveNodeOptions: every fault is told at once', (t) => {
  const faulty = {
    cacheBytes: 5,
    threads: -1,
    seed: 1.5,
    flushDocs: Number.NaN,
    automaticJobs: 'yes',
    compatibleVersion: '8',
    cacheSize: 1
  } as unknown as NodeOptions
  const error = t.throws(() => resolveNodeOptions(faulty), { instanceOf: VectorStoreError })
  t.is(error?.code, 'OPTION_INVALID')
  t.deepEqual(Object.keys(error?.details ?? {}).toSorted(), [
    'automaticJobs',
    'cacheBytes',
    'cacheSize',
    'compatibleVersion',
    'flushDocs',
    'seed',
    'threads'
  ])
  t.regex(error?.message ?? '', /threads is -1, wanted an integer of at least 0/)
})

test('resolveNodeOptions: more threads than a machine has, and a cache beyond 32 bits, are refused', (t) => {
  t.notThrows(() => resolveNodeOptions({ threads: 256, cacheBytes: 4_095 * mebibyte }))
  t.throws(() => resolveNodeOptions({ threads: 257, cacheBytes: 4_096 * mebibyte }), {
    message:
      'node options: cacheBytes is 4294967296, wanted at most 4293918720; threads is 257, wanted at most 256'
  })
})

test('resolveNodeOptions: a write buffer beyond a quarter of the cache is refused', (t) => {
  const cacheBytes = 64 * mebibyte
  t.notThrows(() => resolveNodeOptions({ cacheBytes, flushBytes: 16 * mebibyte }))
  t.throws(() => resolveNodeOptions({ cacheBytes, flushBytes: 16 * mebibyte + 1 }), {
    message: /flushBytes is 16777217, wanted at most a quarter/
  })
})

test('resolveNodeOptions: a cache that could not hold buffers and pages is refused', (t) => {
  t.throws(() => resolveNodeOptions({ cacheBytes: 20 * mebibyte - 1 }), {
    message: /cacheBytes is 20971519/
  })
  const cacheBytes = 64 * mebibyte
  t.throws(() => resolveNodeOptions({ cacheBytes, pendingBytesMax: 48 * mebibyte }), {
    message: /pendingBytesMax is 50331648, wanted at most five eighths/
  })
})
