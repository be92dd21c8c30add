/** Keys of hash terms: 64 bits, a bijection of terms of up to 7 bytes, a hash of longer ones. Shapes: ../hash-postings.ts. */

/** A bijection that spreads keys evenly (the finaliser of MurmurHash3). */
@inline
function mixed(x: u64): u64 {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53
  return x ^ (x >> 33)
}

/** `length` bytes, at most 7, in the lower bytes of a word. */
@inline
function packed(at: usize, length: u32): u64 {
  let word: u64 = 0
  for (let i: u32 = 0; i < length; i++) word |= <u64>load<u8>(at + i) << (i << 3)
  return word
}

function keyOf(at: usize, length: u32): u64 {
  if (length < 8) return mixed(packed(at, length) | (<u64>length << 56))
  let hash: u64 = length
  let left = length
  for (; left >= 8; left -= 8) {
    hash = mixed(hash ^ load<u64>(at))
    at += 8
  }
  if (left) hash = mixed(hash ^ packed(at, left))
  return mixed(hash | 0x8000000000000000)
}

export function keysOf(bytes: usize, ends: usize, count: i32, keys: usize): void {
  let from: u32 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const end = load<u32>(ends + (i << 2))
    store<u64>(keys + (i << 3), keyOf(bytes + from, end - from))
    from = end
  }
}
