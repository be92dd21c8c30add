/** What a string must not hold to be its own JSON text. */
const escaped = /["\\\p{Cc}\p{Cs}]/u

/** JSON text of a string: as JSON.stringify, a third of its time for names and ids. */
export function jsonString(value: string): string {
  return escaped.test(value) ? JSON.stringify(value) : `"${value}"`
}
