import { ScriptSyntaxFault, scriptError } from './fault.ts'
import { Runtime } from './runtime.ts'
import { Scope } from './scope.ts'
import { asFault, compileStatements, resultSlot } from './statement-compiler.ts'
import { parseScript } from './statement-parser.ts'
import type { CompiledScore, ScriptContext, ScriptField } from './types.ts'
import { fromJson } from './value.ts'
import type { Statement } from './ast.ts'
import type { Execution } from './statement-compiler.ts'
import { VectorStoreError } from '../util/index.ts'

/** Elasticsearch's script.max_size_in_bytes. */
const sourceBytesMax = 65_535

/**
 * Compiles a Painless score script and binds its parameters. What is built is a tree of closures: no text of the script is
 * ever run as JavaScript.
 *
 * Source   Painless: numbers have Java's types (1/2 is 0), a script without `return` returns its last expression.
 * Cost     The text is parsed once; each bind compiles closures for the fields of a segment.
 * Errors   SCRIPT_COMPILE; from the bound function SCRIPT_RUNTIME. Details: script, lang, offset, start, end, scriptStack
 *          (lines joined by line ends), causeType, causeReason.
 *
 * @param params  JSON values; whole numbers are integers. Typed arrays are taken as float[], int[] or double[].
 */
export function compileScore(
  source: string,
  params: Readonly<Record<string, unknown>> = {}
): CompiledScore {
  const statements = parse(source)
  const values = fromJson(params) as ReadonlyMap<string, unknown>
  compile(source, statements, values, null)
  return {
    bind: (context: ScriptContext) => {
      const { execute, slotCount } = compile(source, statements, values, (name) =>
        context.field(name)
      )
      return bindRuntime(source, execute, new Runtime(context, slotCount))
    }
  }
}

function parse(source: string): readonly Statement[] {
  const bytes = new TextEncoder().encode(source).length
  if (bytes > sourceBytesMax)
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `exceeded max allowed inline script size in bytes [${sourceBytesMax}] with size [${bytes}] for script`
    )
  return attempt(source, () => {
    const statements = parseScript(source)
    if (statements.length === 0) throw new ScriptSyntaxFault('unexpected end of script.', 0)
    return statements
  })
}

function compile(
  source: string,
  statements: readonly Statement[],
  params: ReadonlyMap<string, unknown>,
  fieldOf: ((name: string) => ScriptField | null) | null
): { execute: Execution; slotCount: number } {
  return attempt(source, () => {
    const scope = new Scope(params, fieldOf)
    scope.hiddenSlot() // resultSlot
    const execute = compileStatements(statements, scope)
    return { execute, slotCount: scope.slotCount }
  })
}

function attempt<T>(source: string, build: () => T): T {
  try {
    return build()
  } catch (error) {
    if (error instanceof ScriptSyntaxFault)
      throw scriptError('SCRIPT_COMPILE', source, error.offset, error)
    throw error
  }
}

function bindRuntime(
  source: string,
  execute: Execution,
  runtime: Runtime
): (docId: number, score: number) => number {
  return (docId, score) => {
    runtime.start(docId, score)
    runtime.slots[resultSlot] = 0
    try {
      execute(runtime)
    } catch (error) {
      const fault = asFault(error)
      if (fault === null) throw error
      throw scriptError('SCRIPT_RUNTIME', source, runtime.offset, fault)
    }
    return runtime.slots[resultSlot] as number
  }
}
