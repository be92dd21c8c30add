/** Whether `name` fits a pattern whose only special sign is `*`. Linear in both lengths. */
export function matchesWildcard(pattern: string, name: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let i = 0
  while (i < name.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at
      at += 1
      resume = i
    } else if (at < pattern.length && pattern[at] === name[i]) {
      at += 1
      i += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      i = resume
    } else return false
  }
  while (at < pattern.length && pattern[at] === '*') at += 1
  return at === pattern.length
}
