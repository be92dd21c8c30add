/** The hash model of a definition's options, for judges. */
import { readDefinition } from '../../src/dialect/elastiknn/definition.ts'
import type { ElastiknnTypeName } from '../../src/dialect/elastiknn/definition.ts'
import { hashVector } from '../../src/vector/lsh/model-cache.ts'
import type { HashModel } from '../../src/vector/lsh/hash-model.ts'

export function hashModelOf(
  type: ElastiknnTypeName,
  elastiknn: Readonly<Record<string, unknown>>
): HashModel<Float32Array | Int32Array> {
  const { hash } = readDefinition(type, { elastiknn })
  if (hash === null) throw new Error('an exact model has no hashes')
  return {
    sizeInBytes: 0,
    hash: (vector, terms) => hashVector(hash, vector, terms),
    hashQuery: (vector, probes, terms) => hashVector(hash, vector, terms, probes)
  }
}
