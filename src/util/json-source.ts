/** JSON.parse with the text of numbers, of which doubles may lose something. */

export type Reviver = (
  name: string,
  value: unknown,
  context: { readonly source?: string }
) => unknown

const json = JSON as unknown as {
  rawJSON(text: string): unknown
  parse(text: string, reviver: Reviver): unknown
}

/** Cost: some ten times JSON.parse without a reviver. */
export function parseWithSource(text: string, reviver: Reviver): unknown {
  return json.parse(text, reviver)
}

/** Numbers that JSON.stringify would print otherwise (1.0, 1e3, 2^53 + 1) are raw JSON. */
export const keepNumberText: Reviver = (_name, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source
    ? json.rawJSON(source)
    : value

/** Integers beyond 2^53 are bigint. */
export const keepIntegers: Reviver = (_name, value, { source }) =>
  typeof value === 'number' &&
  source !== undefined &&
  /^-?\d+$/.test(source) &&
  !Number.isSafeInteger(value)
    ? BigInt(source)
    : value
