import test from 'ava'
import fc from 'fast-check'
import { pageKey } from '../../../src/store/keys.ts'
import { openRecord } from '../../../src/store/record.ts'
import { Sealer } from '../../../src/store/sealer.ts'
import type { Sealed } from '../../../src/store/sealer.ts'
import type { RecordPut } from '../../../src/store/types.ts'

const seed = 20261121

function recordsOf(payloads: readonly Uint8Array[]): RecordPut[] {
  return payloads.map((payload, page) => ({ key: pageKey(1, 1, 'vectors', 0, page), payload }))
}

function isWhole({ operations }: Sealed, records: readonly RecordPut[]): boolean {
  return operations.every(({ key, value }, at) => {
    const opened = openRecord(key, value ?? new Uint8Array(0))
    return opened.byteOffset % 8 === 0 && Buffer.compare(opened, records[at]!.payload) === 0
  })
}

for (const reuses of [true, false])
  test(`Sealer: what is not released stays whole, whatever is sealed and released meanwhile, reuses ${reuses}`, (t) => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 3_000 }), { minLength: 1, maxLength: 60 })
    const steps = fc.array(fc.record({ payloads, release: fc.nat(5) }), { maxLength: 30 })
    fc.assert(
      fc.property(steps, (all) => {
        const sealer = new Sealer(reuses)
        const held: { readonly sealed: Sealed; readonly records: readonly RecordPut[] }[] = []
        for (const step of all) {
          const records = recordsOf(step.payloads)
          held.push({ sealed: sealer.seal(records), records })
          for (const { sealed } of held.splice(0, step.release)) sealed.release()
          t.true(held.every(({ sealed, records: given }) => isWhole(sealed, given)))
        }
      }),
      { seed, numRuns: 40 }
    )
  })

test('Sealer: a slab is used again when it was released, and only where the database keeps no value', (t) => {
  const bufferOf = (sealer: Sealer): unknown => {
    const { operations, release } = sealer.seal(recordsOf([new Uint8Array(500), new Uint8Array(3)]))
    release()
    return operations[0]!.value?.buffer
  }
  const [reusing, keeping] = [new Sealer(true), new Sealer(false)]
  t.is(bufferOf(reusing), bufferOf(reusing))
  t.not(bufferOf(keeping), bufferOf(keeping))
})
