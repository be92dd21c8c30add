/** Here is a text, give me its terms. */
export type { Analyzer, Analyzers, Token, VisitTerm } from './types.ts'
export { createAnalyzers } from './analyzers.ts'
