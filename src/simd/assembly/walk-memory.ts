/**
 * Where a walk finds its things: the index block, the scratch of a thread, rows in pages.
 *
 * The blocks are written by src/vector/kernels/blocks.ts, which has the tables of their words; the order here is that order.
 * A raw address of a page is valid until the next call that may miss, and what is read through it is good when the eviction
 * counter did not move meanwhile (frames.ts): copy first, then resolve.
 */
import { evictions, fenceAt, frame, moved } from './frames'
import { touch } from './lanes'

// ---- index block ------------------------------------------------------------------------------------------------

export let nodeCount: u32 = 0
let codeTable: usize = 0
let codeTableId: u32 = 0
export let codeStride: usize = 0
let codesPerPage: u32 = 0
let codeMagic: u64 = 0
let codeShift: u64 = 0
let listTable: usize = 0
let listTableId: u32 = 0
let listStride: usize = 0
let listsPerPage: u32 = 0
let listMagic: u64 = 0
let listShift: u64 = 0
let upperTable: usize = 0
let upperTableId: u32 = 0
let upperStride: usize = 0
let uppersPerPage: u32 = 0
let upperMagic: u64 = 0
let upperShift: u64 = 0
/** Pages of `upper` that hold the map from node to record; records come behind. */
let mapPages: u32 = 0
/** Length the distance kernels take: floats for float32 codes, padded bytes for the rest. */
export let codeLength: i32 = 0
/** Where the correction or the norm of a code lies. */
export let tailOffset: usize = 0
export let degreeMax: i32 = 0
export let dims: i32 = 0
export let rangeLow: f32 = 0
export let rangeScale: f32 = 0
/** Address of the words entry, top level, lock, next node to insert. */
export let header: usize = 0
/** Build only: level of each node, a byte; striped locks, a word each. */
export let levels: usize = 0
export let locks: usize = 0
/** Bits of a neighbour where lists of level 0 are packed; 0: they are records of words. src/vector/hnsw/packed-lists.ts */
let listBits: u32 = 0
/** Of a neighbour. */
let listMask: u64 = 0
/** ceil(2^32 / listBits): what divides by it. */
let listBitsMagic: u64 = 0
/** Of the dimensions that have 7-bit codes: a word, how many, and their numbers, two bytes each; 0: all have. */
export let codedDims: usize = 0
/** Where lists end in their page at most. */
let listEnd: u32 = 0

// ---- scratch block ----------------------------------------------------------------------------------------------

/** Address of the word: a node, plus one, that the next walk takes for one it has been at; 0: none. */
let leftOut: usize = 0
/** A bit a node: those a walk has been at. A byte a node would be a megabyte of a million, which nobody's second cache has room for. */
export let visited: usize = 0
export let pool: usize = 0
export let results: usize = 0
export let poolMax: i32 = 0
export let ids: usize = 0
export let addresses: usize = 0
export let distances: usize = 0
export let bridges: usize = 0
export let chosen: usize = 0
export let chosenAddresses: usize = 0
export let chosenDistances: usize = 0
export let sorted: usize = 0
export let own: usize = 0
export let queryCode: usize = 0
export let siftedKeys: usize = 0

export function bindIndex(block: usize): void {
  nodeCount = load<u32>(block)
  codeTable = load<u32>(block, 4)
  codeTableId = load<u32>(block, 8)
  codeStride = load<u32>(block, 12)
  codesPerPage = load<u32>(block, 16)
  codeMagic = load<u32>(block, 20)
  codeShift = load<u32>(block, 24)
  listTable = load<u32>(block, 28)
  listTableId = load<u32>(block, 32)
  listStride = load<u32>(block, 36)
  listsPerPage = load<u32>(block, 40)
  listMagic = load<u32>(block, 44)
  listShift = load<u32>(block, 48)
  upperTable = load<u32>(block, 52)
  upperTableId = load<u32>(block, 56)
  upperStride = load<u32>(block, 60)
  uppersPerPage = load<u32>(block, 64)
  upperMagic = load<u32>(block, 68)
  upperShift = load<u32>(block, 72)
  mapPages = load<u32>(block, 76)
  codeLength = load<i32>(block, 80)
  tailOffset = load<u32>(block, 84)
  degreeMax = load<i32>(block, 88)
  dims = load<i32>(block, 92)
  rangeLow = load<f32>(block, 96)
  rangeScale = load<f32>(block, 100)
  header = load<u32>(block, 104)
  levels = load<u32>(block, 108)
  locks = load<u32>(block, 112)
  listBits = load<u32>(block, 116)
  listMask = ((<u64>1) << listBits) - 1
  listBitsMagic = listBits ? ((<u64>1 << 32) + listBits - 1) / listBits : 0
  listEnd = load<u32>(block, 120) - PACKED_SLACK
  codedDims = load<u32>(block, 124)
}

export function bindScratch(block: usize): void {
  leftOut = block
  fenceAt(block)
  visited = load<u32>(block, 4)
  pool = load<u32>(block, 12)
  results = load<u32>(block, 16)
  poolMax = load<i32>(block, 20)
  ids = load<u32>(block, 24)
  addresses = load<u32>(block, 28)
  distances = load<u32>(block, 32)
  bridges = load<u32>(block, 36)
  chosen = load<u32>(block, 40)
  chosenAddresses = load<u32>(block, 44)
  chosenDistances = load<u32>(block, 48)
  sorted = load<u32>(block, 52)
  own = load<u32>(block, 56)
  queryCode = load<u32>(block, 60)
  siftedKeys = load<u32>(block, 64)
}

/** The next walk has been nowhere yet. */
export function clearVisited(): void {
  memory.fill(visited, 0, (<usize>nodeCount + 7) >> 3)
  const node = load<u32>(leftOut)
  if (node) visit(visited, node - 1)
  store<u32>(leftOut, 0)
}

/** Marks a node in `marks`, which is `visited`. Returns 1 when it was not, else 0. */
@inline
export function visit(marks: usize, node: u32): u32 {
  const at = marks + <usize>(node >> 3)
  const bits = <u32>load<u8>(at)
  const shift = node & 7
  store<u8>(at, <u8>(bits | (1 << shift)))
  return (~bits >> shift) & 1
}

// ---- pages ------------------------------------------------------------------------------------------------------

/** Address of a node's code. */
@inline
export function codeAddress(node: u32): usize {
  const page = <u32>((<u64>node * codeMagic) >> codeShift)
  return frame(codeTable, codeTableId, page) + <usize>(node - page * codesPerPage) * codeStride
}

/** Addresses of the codes of the `count` nodes in `ids`, to `addresses`, with zeros for three more. Returns whether a page is missing. */
@inline
export function resolveCodes(count: i32): bool {
  // In registers: what is stored in between could change them, for all that the compiler knows.
  const table = codeTable
  const magic = codeMagic
  const shift = codeShift
  const perPage = codesPerPage
  const stride = <u32>codeStride
  const end = ids + (<usize>count << 2)
  let to = addresses
  let isMissing = false
  for (let at = ids; at < end; at += 4) {
    const node = load<u32>(at)
    const page = <u32>((<u64>node * magic) >> shift)
    const base = load<u32>(table + (<usize>page << 2))
    isMissing = isMissing || !base
    touch(base)
    store<u32>(to, base + (node - page * perPage) * stride)
    to += 4
  }
  v128.store(to, i32x4.splat(0))
  return isMissing
}

/** Address of a node's neighbour list on a level: a count, then that many nodes. */
@inline
export function listAddress(node: u32, level: i32): usize {
  return level == 0 ? lowerAddress(node) : upperAddress(recordOf(node, level))
}

@inline
function lowerAddress(node: u32): usize {
  const page = <u32>((<u64>node * listMagic) >> listShift)
  return frame(listTable, listTableId, page) + <usize>(node - page * listsPerPage) * listStride
}

/** Loads the list of level 0 of a node that will probably be asked for next, when its page is there. */
@inline
export function touchList(node: u32): u32 {
  const page = <u32>((<u64>node * listMagic) >> listShift)
  const at = <usize>load<u32>(listTable + (<usize>page << 2))
  if (!at) return 0
  if (listBits) return touchPacked(at + (<usize>(node - page * listsPerPage) << 1), at)
  const list = at + <usize>(node - page * listsPerPage) * listStride
  let sum = <u32>load<u8>(list)
  // Never beyond the record: the last one of the last frame ends with the memory.
  if (listStride > 64) sum += load<u8>(list, 64)
  if (listStride > 128) sum += load<u8>(list, 128)
  return sum
}

/** What comes behind the last list of a page at least, as a neighbour is loaded with 8 bytes; slackBytes of packed-lists.ts. */
const PACKED_SLACK: u32 = 8

@inline
function touchPacked(place: usize, page: usize): u32 {
  const ends = load<u32>(place)
  return load<u8>(page + min<u32>(ends & 0xffff, listEnd)) + load<u8>(page + min<u32>(ends >> 16, listEnd))
}

/** Unpacks a list to `own`. What a page that went holds instead may be anything: no more than the page is read, and no more than fits written. */
@inline
function copyPacked(node: u32): i32 {
  const page = <u32>((<u64>node * listMagic) >> listShift)
  const at = frame(listTable, listTableId, page)
  const ends = load<u32>(at + (<usize>(node - page * listsPerPage) << 1))
  const end = min<u32>(ends >> 16, listEnd)
  const start = min<u32>(ends & 0xffff, end)
  const count = min<u32>(<u32>((<u64>((end - start) << 3) * listBitsMagic) >> 32), <u32>degreeMax << 1)
  const from = at + start
  const bits = listBits
  const mask = listMask
  let bit: u32 = 0
  let to = own + 4
  const last = to + (<usize>count << 2)
  for (; to < last; to += 4) {
    store<u32>(to, <u32>((load<u64>(from + (bit >> 3)) >> (bit & 7)) & mask))
    bit += bits
  }
  return count
}

@inline
function copyRecord(at: usize, stride: usize): i32 {
  const count = min<u32>(load<u32>(at), <u32>(stride >> 2) - 1)
  // Records are padded to multiples of 16 bytes.
  for (let i: usize = 0; i <= <usize>count << 2; i += 16) v128.store(own + i, v128.load(at + i))
  return count
}

/**
 * Copies the list of a node on a level, as long as its record allows, to `own` and gives its length: a word that is nobody's, then
 * that many nodes.
 */
@inline
export function copyList(node: u32, level: i32): i32 {
  if (level != 0) return copyUpper(recordOf(node, level))
  while (true) {
    const before = evictions()
    const count = listBits ? copyPacked(node) : copyRecord(lowerAddress(node), listStride)
    if (!moved(before)) return count
  }
}

function copyUpper(record: u32): i32 {
  while (true) {
    const before = evictions()
    const count = copyRecord(upperAddress(record), upperStride)
    if (!moved(before)) return count
  }
}

/** Record of the list of a node on a level above 0. */
function recordOf(node: u32, level: i32): u32 {
  while (true) {
    const before = evictions()
    const word = load<u32>(frame(upperTable, upperTableId, node >> 12) + (<usize>(node & 4095) << 2))
    // 0 says that the node is on level 0 only; the list of such a node is never asked for.
    if (!moved(before)) return word - 1 + <u32>(level - 1)
  }
}

function upperAddress(record: u32): usize {
  const page = <u32>((<u64>record * upperMagic) >> upperShift)
  return frame(upperTable, upperTableId, mapPages + page) + <usize>(record - page * uppersPerPage) * upperStride
}
