/** Where rows of true indices start: u32 words in pages, one more than rows. Pages: src/vector/sparse/sparse-rows.ts. */
import { evictions, frame, moved } from './frames'

/** Words of a page: 1 << 12 of four bytes. */
export const WORD_SHIFT: u32 = 12
export const WORD_MASK: u32 = 4095

let startTable: usize = 0
let startTableId: u32 = 0

export function bindStarts(table: usize, tableId: u32): void {
  startTable = table
  startTableId = tableId
}

/** Frame of a page of starts. */
@inline
export function startsAt(page: u32): usize {
  return frame(startTable, startTableId, page)
}

/** The same where it is resident, else 0. */
@inline
export function residentStarts(page: u32): usize {
  return <usize>load<u32>(startTable + (<usize>page << 2))
}

@inline
export function startOf(ord: u32): u32 {
  let before: u32 = 0
  let start: u32 = 0
  do {
    before = evictions()
    start = load<u32>(startsAt(ord >> WORD_SHIFT) + (<usize>(ord & WORD_MASK) << 2))
  } while (moved(before))
  return start
}
