/** Here is a score script and its parameters, give me a function of the document. */
export { compileScore } from './compile-score.ts'
export { decayFunction, fieldValueFactor, randomScore } from './score-functions.ts'
export type { FactorModifier } from './score-functions.ts'
export type { ScriptContext, ScriptField } from './types.ts'
