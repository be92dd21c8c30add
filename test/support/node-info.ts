import type { NodeInfo } from '../../src/node/index.ts'

/** Of a node that is a stub. */
export const nodeInfo: NodeInfo = {
  name: 'n',
  clusterName: 'c',
  clusterUuid: 'u',
  nodeId: 'id',
  version: '8.19.0',
  startedMs: 0
}
