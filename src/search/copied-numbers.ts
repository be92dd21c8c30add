/** Lists of numbers that grow: those of `from`, in the longer `to`. */
export function copied<Numbers extends Float64Array | Int32Array>(
  from: Numbers,
  to: Numbers
): Numbers {
  to.set(from)
  return to
}
