/** Here is a score script and its parameters, give me a function of the document. */
export { compileScore } from './compile-score.ts'
export type { CompiledScore, ScriptContext, ScriptField } from './types.ts'
