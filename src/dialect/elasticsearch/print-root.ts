/** `GET /`: who answers. */
import type { NodeInfo } from '../../node/index.ts'
import type { JsonObjectOut } from '../print-error.ts'

/** Minimal wire versions of the majors that the identity may claim. */
const wireByMajor: Readonly<Record<string, { wire: string; index: string; lucene: string }>> = {
  '8': { wire: '7.17.0', index: '7.0.0', lucene: '9.12.1' },
  '9': { wire: '8.19.0', index: '8.0.0', lucene: '10.3.1' }
}

export function printRoot(info: NodeInfo): JsonObjectOut {
  const major = info.version.split('.')[0] ?? '8'
  const { wire, index, lucene } = wireByMajor[major] ?? {
    wire: info.version,
    index: info.version,
    lucene: '9.12.1'
  }
  return {
    name: info.name,
    cluster_name: info.clusterName,
    cluster_uuid: info.clusterUuid,
    version: {
      number: info.version,
      build_flavor: 'default',
      build_type: 'tar',
      build_hash: 'leveret',
      build_date: new Date(info.startedMs).toISOString(),
      build_snapshot: false,
      lucene_version: lucene,
      minimum_wire_compatibility_version: wire,
      minimum_index_compatibility_version: index
    },
    tagline: 'You Know, for Search'
  }
}
