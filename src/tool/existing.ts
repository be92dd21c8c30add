/** Opens a folder that must be there; looking at a folder never makes one. */
import { existsSync } from 'node:fs'
import type { OpenedRest } from '../rest/index.ts'
import { openRest } from '../rest/index.ts'
import { VectorStoreError } from '../util/index.ts'

/** Errors   RESOURCE_ABSENT (no such folder), STORE_*. */
export function openExisting(folder: string): Promise<OpenedRest> {
  if (!existsSync(folder))
    throw new VectorStoreError(
      'RESOURCE_ABSENT',
      `there is no folder ${folder}; name it with --data`
    )
  return openRest(folder, { automaticJobs: false })
}
