import { opKey, pageKey } from '../../src/store/index.ts'
import type { RecordPut } from '../../src/store/index.ts'

/** The records of one group: their keys and bytes follow from its number. */
export function groupRecords(group: number): RecordPut[] {
  const rows = [0, 1, 2].map((row) => ({
    key: opKey(1, 1, group * 3 + row),
    payload: fill(group * 3 + row, 200 + ((group * 37) % 3000))
  }))
  return [...rows, { key: pageKey(2, 1, 'codes', 1, group), payload: fill(group, 16_384) }]
}

function fill(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed % 0x7fff_fffe) + 1
  for (let at = 0; at < length; at++) {
    state = (state * 48_271) % 0x7fff_ffff
    bytes[at] = state & 0xff
  }
  return bytes
}
