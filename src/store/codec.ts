/**
 * Records that are no pages: plain data in, bytes out. The only place that knows msgpack.
 *
 * Objects are for names of ours only. Where keys come from users (field names, settings, ids) the value is a Map, or
 * is kept as the bytes that came in: msgpackr renames `__proto__` in objects, and JSON numbers beyond 2^53 would change.
 * Objects come back as objects, Maps as Maps.
 */
import { Packr } from 'msgpackr'
import { VectorStoreError } from '../util/index.ts'

// useRecords: objects carry their list of names (written once a record), so that a msgpack map is always a Map.
// No structures are shared between records: each can be read alone, in any order.
// moreTypes: Sets, bigints, Dates and typed arrays keep their type.
const packr = new Packr({ useRecords: true, mapsAsObjects: false, moreTypes: true })

export function encodeRecord(value: unknown): Uint8Array {
  return packr.pack(value)
}

/**
 * Errors   STORE_CHECKSUM when the bytes are no record. They passed their CRC before, so this is a bug or another format.
 */
export function decodeRecord(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes)
  } catch (cause) {
    throw new VectorStoreError('STORE_CHECKSUM', 'a record is no msgpack, wanted plain data', {
      cause
    })
  }
}
