/** `_analyze`: what a text becomes. */
import { createAnalyzers } from '../../analysis/index.ts'
import type { Analyzer } from '../../analysis/index.ts'
import type { NodeIndex } from '../../node/index.ts'
import type { Steps, VectorStoreError } from '../../util/index.ts'
import { objectBody } from '../body-node.ts'
import { field, readObject, textOf } from '../body-values.ts'
import type { JsonObjectOut } from '../print-error.ts'
import { illegalArgument, WireFailure } from '../wire-failure.ts'

/** Positions between the texts of a list, as between the values of a field. */
const positionGap = 100

/** Index setting analyze.max_token_count, as Elasticsearch has it. */
const tokensMaxDefault = 10_000

/** Texts, and what is to be made of them. */
export type Analysis = {
  readonly texts: readonly string[]
  readonly analyzer: Analyzer
  /** More tokens are refused. */
  readonly tokensMax: number
}

/**
 * @param index  The index whose analyzers and fields count; null: only the built-in ones.
 *
 * Errors   REQUEST_FIELD, REQUEST_ARGUMENT (no text, unknown analyzer).
 */
export function parseAnalysis(body: unknown, index: NodeIndex | null): Analysis {
  let texts: readonly string[] = []
  let name: string | null = null
  let fieldName: string | null = null
  readObject(objectBody(body), 'analyze_request', {
    text: field.any(({ value }) => {
      texts = Array.isArray(value) ? value.map(textOf) : [textOf(value)]
    }),
    analyzer: field.string((value) => {
      name = value
    }),
    field: field.string((value) => {
      fieldName = value
    }),
    explain: field.boolean((value) => {
      if (value)
        throw illegalArgument('[explain: true] of an analysis is not supported by this version')
    })
  })
  if (texts.length === 0) throw illegalArgument('text is missing')
  const analyzerName = name ?? (fieldName === null ? 'standard' : analyzerOf(index, fieldName))
  const settings = index?.metadata.settings ?? new Map<string, string>()
  const analyzer = createAnalyzers(settings).get(analyzerName)
  if (analyzer === null) throw illegalArgument(`failed to find global analyzer [${analyzerName}]`)
  const tokensMax = Number(settings.get('analyze.max_token_count') ?? tokensMaxDefault)
  return { texts, analyzer, tokensMax }
}

/** The answer, in steps. Errors REQUEST_ARGUMENT (more than tokensMax). */
export function* analyze({ texts, analyzer, tokensMax }: Analysis): Steps<JsonObjectOut> {
  const tokens: JsonObjectOut[] = []
  let offset = 0
  let before = 0
  for (const text of texts) {
    let position = before
    for (const some of analyzer.tokens(text)) {
      for (const token of some) {
        position = before + token.position
        if (tokens.length === tokensMax) throw tooManyTokens(tokensMax)
        tokens.push({
          token: token.term,
          start_offset: offset + token.startOffset,
          end_offset: offset + token.endOffset,
          type: token.type,
          position
        })
      }
      yield
    }
    before = position + 1 + positionGap
    offset += text.length + 1
  }
  return { tokens }
}

/** Source  Elasticsearch, TransportAnalyzeAction.TokenCounter: an IllegalStateException, of which it makes a 500. */
function tooManyTokens(most: number): VectorStoreError {
  return new WireFailure(
    'REQUEST_ARGUMENT',
    { status: 500, type: 'illegal_state_exception', isPlain: true },
    `The number of tokens produced by calling _analyze has exceeded the allowed maximum of [${most}]. This limit can be set by changing the [index.analyze.max_token_count] index level setting.`
  )
}

function analyzerOf(index: NodeIndex | null, fieldName: string): string {
  const mapped = index?.mapping.field(fieldName)
  if (mapped === null || mapped === undefined) return 'standard'
  if (mapped.typeName !== 'text') return 'keyword'
  const { analyzer } = mapped.toJson()
  return typeof analyzer === 'string' ? analyzer : 'standard'
}
