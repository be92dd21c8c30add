/** Where the rows that have the indices of a query are listed. Shapes: ../hash-postings.ts; pages: src/vector/sparse/row-lists.ts. */
import { evictions, frame, moved } from './frames'
import { bindPostings } from './posting-counts'

/** Words of a page of starts: 1 << 12 of four bytes. */
const WORD_SHIFT: u32 = 12
const WORD_MASK: u32 = 4095

let startTable: usize = 0
let startTableId: u32 = 0

export function bindLists(starts: usize, startsId: u32, lists: usize, listsId: u32): void {
  startTable = starts
  startTableId = startsId
  bindPostings(lists, listsId, false, false)
}

@inline
function startOf(list: u32): u32 {
  let before: u32 = 0
  let start: u32 = 0
  do {
    before = evictions()
    start = load<u32>(frame(startTable, startTableId, list >> WORD_SHIFT) + (<usize>(list & WORD_MASK) << 2))
  } while (moved(before))
  return start
}

export function listPlaces(query: usize, queryCount: i32, first: u32, places: usize): f64 {
  let sum: u64 = 0
  for (let i: usize = 0; i < <usize>queryCount; i++) {
    const list = first + load<u32>(query + (i << 2))
    const from = startOf(list)
    const to = startOf(list + 1)
    // As findKeys has them: the end, then the start.
    store<u32>(places + (i << 3), to)
    store<u32>(places + (i << 3), from, 4)
    sum += <u64>(to - from)
  }
  return <f64>sum
}
