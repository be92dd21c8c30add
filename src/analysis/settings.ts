/**
 * `analysis.*` among the flat index settings: analysis.<kind>.<name>.<parameter>[.<index>] = value.
 * Lists come as `name.0`, `name.1` …, as a JSON array or as one string with commas.
 */
type NamedParts = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>

export type AnalysisSettings = {
  readonly analyzer: NamedParts
  readonly filter: NamedParts
  readonly tokenizer: NamedParts
  readonly normalizer: NamedParts
}

export function readAnalysisSettings(settings: ReadonlyMap<string, string>): AnalysisSettings {
  const kinds = new Map<string, Map<string, Map<string, string[]>>>()
  for (const [key, value] of settings) {
    // Of thousands of settings most are none of these.
    if (!key.startsWith('analysis.') && !key.startsWith('index.analysis.')) continue
    const [, kind, name, parameter, ...rest] = key.replace(/^index\./, '').split('.')
    if (kind === undefined || name === undefined) continue
    if (parameter === undefined || rest.length > 1) continue
    const parts = child(kinds, kind, () => new Map<string, Map<string, string[]>>())
    const parameters = child(parts, name, () => new Map<string, string[]>())
    child(parameters, parameter, () => []).push(...listOf(value))
  }
  const partsOf = (kind: string): NamedParts => kinds.get(kind) ?? new Map()
  return {
    analyzer: partsOf('analyzer'),
    filter: partsOf('filter'),
    tokenizer: partsOf('tokenizer'),
    normalizer: partsOf('normalizer')
  }
}

function listOf(value: string): string[] {
  if (value.startsWith('[')) {
    const parsed: unknown = JSON.parse(value)
    return Array.isArray(parsed) ? parsed.map(String) : [value]
  }
  return value.split(',').map((part) => part.trim())
}

function child<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}
