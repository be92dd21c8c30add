import { ScriptSyntaxFault } from './fault.ts'
import type { ScriptField } from './types.ts'
import type { StaticType } from './typed.ts'

export type Variable = { readonly slot: number; readonly type: StaticType }

/** What names mean while a script is compiled. */
export class Scope {
  /** Parameters as the script sees them. */
  readonly params: ReadonlyMap<string, unknown>
  /** What a field is; null while only the text is checked. */
  readonly fieldOf: ((name: string) => ScriptField | null) | null
  readonly #blocks: Map<string, Variable>[] = [new Map()]
  #slotCount: number = 0
  #loopDepth: number = 0

  constructor(
    params: ReadonlyMap<string, unknown>,
    fieldOf: ((name: string) => ScriptField | null) | null
  ) {
    this.params = params
    this.fieldOf = fieldOf
  }

  get slotCount(): number {
    return this.#slotCount
  }

  get isInLoop(): boolean {
    return this.#loopDepth > 0
  }

  /** Compiles something with names of its own. */
  block<T>(compile: () => T): T {
    this.#blocks.push(new Map())
    const result = compile()
    this.#blocks.pop()
    return result
  }

  loop<T>(compile: () => T): T {
    this.#loopDepth += 1
    const result = this.block(compile)
    this.#loopDepth -= 1
    return result
  }

  declare(name: string, type: StaticType, offset: number): Variable {
    if (this.lookUp(name) !== null)
      throw new ScriptSyntaxFault(`variable [${name}] is already defined`, offset)
    const variable = { slot: this.#slotCount++, type }
    this.#blocks.at(-1)?.set(name, variable)
    return variable
  }

  /** A slot without a name, for what a compiled expression remembers. */
  hiddenSlot(): number {
    return this.#slotCount++
  }

  lookUp(name: string): Variable | null {
    for (let at = this.#blocks.length - 1; at >= 0; at--) {
      const variable = this.#blocks[at]!.get(name)
      if (variable !== undefined) return variable
    }
    return null
  }
}
