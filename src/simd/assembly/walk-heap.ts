/** The best k keys of a search, in a heap with the worst on top. A key is ordered(value) << 32 | ord: small is near. */

let heap: usize = 0
export let heapMax: i32 = 0
let heapSize: i32 = 0
/** The worst of k keys; nothing is worse while there are fewer. */
export let heapTop: u64 = 0

export function startHeap(at: usize, k: i32): void {
  heap = at
  heapMax = k
  heapSize = 0
  heapTop = u64.MAX_VALUE
}

/** Nothing farther than `order` is taken: a value, or 0 - value where large is near. Right after startHeap. */
export function limitHeap(order: f32): void {
  const bits = reinterpret<i32>(order)
  heapTop = (<u64>(<u32>(bits ^ ((bits >> 31) | <i32>0x80000000))) << 32) | <u64>u32.MAX_VALUE
}

function siftDown(from: i32, size: i32, key: u64): void {
  let hole = from
  while (true) {
    let child = 2 * hole + 1
    if (child >= size) break
    let childKey = load<u64>(heap + (<usize>child << 3))
    if (child + 1 < size) {
      const other = load<u64>(heap + (<usize>child << 3), 8)
      if (other > childKey) {
        childKey = other
        child++
      }
    }
    if (childKey <= key) break
    store<u64>(heap + (<usize>hole << 3), childKey)
    hole = child
  }
  store<u64>(heap + (<usize>hole << 3), key)
}

function push(key: u64): void {
  if (heapSize < heapMax) {
    let hole = heapSize
    heapSize++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const parentKey = load<u64>(heap + (<usize>parent << 3))
      if (parentKey >= key) break
      store<u64>(heap + (<usize>hole << 3), parentKey)
      hole = parent
    }
    store<u64>(heap + (<usize>hole << 3), key)
  } else siftDown(0, heapSize, key)
  if (heapSize == heapMax) heapTop = load<u64>(heap)
}

@inline
export function offerKey(key: u64): void {
  if (key < heapTop) push(key)
}

/** Sorts the keys, best first. Returns how many. */
export function sortKeys(): i32 {
  for (let end = heapSize - 1; end > 0; end--) {
    const last = load<u64>(heap + (<usize>end << 3))
    store<u64>(heap + (<usize>end << 3), load<u64>(heap))
    siftDown(0, end, last)
  }
  return heapSize
}

/** Sorts the keys, best first, and turns them into pairs of ord and raw value. Returns how many. */
export function finish(largeIsNear: bool): i32 {
  sortKeys()
  for (let i = 0; i < heapSize; i++) {
    const at = heap + (<usize>i << 3)
    const key = load<u64>(at)
    const order = <i32>(<u32>(key >> 32))
    const raw = reinterpret<f32>(order ^ (~(order >> 31) | <i32>0x80000000))
    store<u32>(at, <u32>key)
    store<f32>(at, largeIsNear ? <f32>0 - raw : raw, 4)
  }
  return heapSize
}
