/** Here is a text, give me its terms. */
export type { Analyzer, Analyzers, Token, TokenFilter, Tokenizer } from './types.ts'
export { createAnalyzers } from './analyzers.ts'
export { foldAscii } from './token-filters.ts'
