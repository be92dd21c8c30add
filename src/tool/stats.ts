/** leveret stats: what a data folder holds. */
import { openExisting } from './existing.ts'
import { byteText, table } from './output.ts'

/** Errors   STORE_*. */
export async function showStats(flags: {
  readonly data: string
  readonly json: boolean
}): Promise<void> {
  const { node } = await openExisting(flags.data)
  try {
    const indices = node.indices().map((index) => ({
      name: index.metadata.name,
      health: index.health,
      fields: index.mapping.fieldInfos.length,
      stats: index.engine?.stats() ?? null
    }))
    if (flags.json) {
      process.stdout.write(
        `${JSON.stringify({ folder: node.folder, recovery: node.recoveryReport, indices }, null, 2)}\n`
      )
      return
    }
    const rows = indices.flatMap(({ name, health, stats }) => {
      const total: (string | number)[] = [
        name,
        health,
        '',
        stats?.liveDocCount ?? 0,
        stats?.deletedDocCount ?? 0,
        byteText(stats?.segments.reduce((sum, one) => sum + one.bytes, 0) ?? 0)
      ]
      const parts = (stats?.segments ?? []).map((one) => [
        '',
        '',
        one.name,
        one.liveDocCount,
        one.deletedDocCount,
        byteText(one.bytes)
      ])
      return [total, ...parts]
    })
    process.stdout.write(
      `${table([['index', 'health', 'segment', 'docs', 'deleted', 'size'], ...rows])}\n`
    )
  } finally {
    await node.close()
  }
}
