/** A long: a whole number of 64 bits with a sign. */
export const longMin: bigint = -(2n ** 63n)
export const longMax: bigint = 2n ** 63n - 1n
