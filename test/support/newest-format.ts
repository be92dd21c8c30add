import { formatOf } from '../../src/vector/index.ts'
import type { VectorIndexFormat } from '../../src/vector/index.ts'

const versions: Readonly<Record<string, number>> = { flat: 4, hnsw: 7, sparse: 3 }

/** The format that new indexes of this name are built in. What it built is opened by the format that its meta names. */
export function newestFormat(name: string): VectorIndexFormat {
  return formatOf(name, versions[name]!)
}
