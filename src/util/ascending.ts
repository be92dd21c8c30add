/**
 * Fills an array with 0, 1, 2 and so on: ordinals in their own order.
 *
 * `from({ length }, …)` of a typed array makes a list first: 30 ns a number instead of 2, 12 ms in one piece for the terms of a
 * write buffer of 400,000.
 */
export function ascending<T extends Int32Array | Uint32Array>(array: T): T {
  for (let at = 0; at < array.length; at++) array[at] = at
  return array
}
