/** Here is a text, give me its terms. */
export type { Analyzer, Analyzers, Token } from './types.ts'
export { createAnalyzers } from './analyzers.ts'
