/** Here is a score script and its parameters, give me a function of the document. */
export { compileScore } from './compile-score.ts'
export { decayFunction, fieldValueFactor, randomScore } from './score-functions.ts'
export type { Decay, FactorModifier, FieldValueFactor } from './score-functions.ts'
export type { CompiledScore, ScriptContext, ScriptField } from './types.ts'
