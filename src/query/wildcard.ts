/** A wildcard pattern, taken apart: code points to match, `anyOne` for `?`, `anyRun` for `*`. */
export type Wildcard = {
  /** Every matching text begins with it; '' with caseInsensitive. */
  readonly prefix: string
  /** True when the pattern has neither `*` nor `?`: only `prefix` itself matches. */
  readonly isLiteral: boolean
  matches(text: string): boolean
}

const anyOne = -1
const anyRun = -2

/**
 * Compiles a pattern: `*` any run of characters, `?` any one, `\` takes the next one as it is.
 *
 * Cost     A match takes at most pattern x text steps: after a mismatch only the last `*` is tried again.
 *
 * @param caseInsensitive  Letters a-z match in both cases, as Lucene has it; other letters do not.
 */
export function compileWildcard(pattern: string, caseInsensitive: boolean): Wildcard {
  const tokens = tokenize(pattern, caseInsensitive)
  const wild = tokens.findIndex((token) => token < 0)
  const literals = wild === -1 ? tokens : tokens.slice(0, wild)
  const prefix = caseInsensitive ? '' : literals.map((code) => String.fromCodePoint(code)).join('')
  return {
    prefix,
    isLiteral: wild === -1 && !caseInsensitive,
    matches: (text) => matchTokens(tokens, codePoints(text, caseInsensitive))
  }
}

/** A pattern that matches every text that begins with `prefix`. */
export function compilePrefix(prefix: string, caseInsensitive: boolean): Wildcard {
  const wanted = codePoints(prefix, caseInsensitive)
  return {
    prefix: caseInsensitive ? '' : prefix,
    isLiteral: false,
    matches: (text) => {
      if (!caseInsensitive) return text.startsWith(prefix)
      const codes = codePoints(text, true)
      return codes.length >= wanted.length && wanted.every((code, at) => codes[at] === code)
    }
  }
}

function tokenize(pattern: string, fold: boolean): number[] {
  const codes = codePoints(pattern, fold)
  const tokens: number[] = []
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!
    const isEscape = code === 0x5c && at + 1 < codes.length
    if (isEscape) tokens.push(codes[++at]!)
    else if (code === 0x2a) tokens.push(anyRun)
    else tokens.push(code === 0x3f ? anyOne : code)
  }
  return tokens
}

export function matchTokens(tokens: readonly number[], text: ArrayLike<number>): boolean {
  let token = 0
  let at = 0
  let lastRun = -1 // the `*` seen last, and where its run was tried to end
  let runEnd = 0
  while (at < text.length) {
    const wanted = tokens[token]
    if (wanted === anyRun) {
      lastRun = token++
      runEnd = at
    } else if (wanted === anyOne || wanted === text[at]) {
      token += 1
      at += 1
    } else if (lastRun !== -1) {
      token = lastRun + 1
      runEnd += 1
      at = runEnd
    } else return false
  }
  while (tokens[token] === anyRun) token += 1
  return token === tokens.length
}

function codePoints(text: string, fold: boolean): number[] {
  const codes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0)!
    codes.push(fold && code >= 0x41 && code <= 0x5a ? code + 0x20 : code)
  }
  return codes
}
