/** What a score script needs and gives. The shapes are those of query/types.ts, told again because script/ may not import it. */
import type { Element, Vector, VectorFunction } from '../vector/index.ts'

export type ScriptField =
  | { readonly kind: 'vector'; readonly dims: number; readonly element: Element }
  | { readonly kind: 'long' | 'double' | 'keyword' | 'boolean' | 'date' }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly reason: string }

export type ScriptContext = {
  field(name: string): ScriptField | null
  vectorFunction(name: VectorFunction, field: string, query: Vector): (docId: number) => number
  vectorAt(field: string, docId: number): Vector | null
  values(field: string, docId: number): readonly (number | string | boolean)[]
}

export type CompiledScore = {
  bind(context: ScriptContext): (docId: number, score: number) => number
}
