/**
 * Sets of integers: ascending i32, each once. Types, shapes and meanings: ../sets.ts.
 */

/** Least of sums of four lanes. */
@inline
function leastLane(v: v128): i32 {
  const pairs = i32x4.min_s(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
  return min<i32>(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1))
}

export function leastSums(set: usize, count: i32, factors: usize, offsets: usize, functionCount: i32, out: usize): void {
  const end = set + (<usize>count << 2)
  for (let f: usize = 0; f < <usize>functionCount << 2; f += 4) {
    const factor = i32x4.splat(load<i32>(factors + f))
    const offset = i32x4.splat(load<i32>(offsets + f))
    let a = i32x4.splat(i32.MAX_VALUE)
    let b = a
    for (let at = set; at < end; at += 32) {
      a = i32x4.min_s(a, i32x4.add(i32x4.mul(v128.load(at), factor), offset))
      b = i32x4.min_s(b, i32x4.add(i32x4.mul(v128.load(at, 16), factor), offset))
    }
    store<i32>(out + f, leastLane(i32x4.min_s(a, b)))
  }
}

export function intersectionCount(a: usize, aCount: i32, b: usize, bCount: i32): i32 {
  const aEnd = a + (<usize>aCount << 2)
  const bEnd = b + (<usize>bCount << 2)
  let count = 0
  // Four against four, each lane of one with every lane of the other; whichever ends lower goes on.
  while (a + 16 <= aEnd && b + 16 <= bEnd) {
    const x = v128.load(a)
    const y = v128.load(b)
    const equal = v128.or(
      v128.or(
        i32x4.eq(x, y),
        i32x4.eq(x, i8x16.shuffle(y, y, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3))
      ),
      v128.or(
        i32x4.eq(x, i8x16.shuffle(y, y, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)),
        i32x4.eq(x, i8x16.shuffle(y, y, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
      )
    )
    count += popcnt<i32>(i32x4.bitmask(equal))
    const aLast = load<i32>(a, 12)
    const bLast = load<i32>(b, 12)
    a += <usize>i32(aLast <= bLast) << 4
    b += <usize>i32(bLast <= aLast) << 4
  }
  while (a < aEnd && b < bEnd) {
    const x = load<i32>(a)
    const y = load<i32>(b)
    count += i32(x == y)
    a += <usize>i32(x <= y) << 2
    b += <usize>i32(y <= x) << 2
  }
  return count
}
