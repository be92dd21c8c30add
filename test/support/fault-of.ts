import { VectorStoreError } from '../../src/util/index.ts'

/** Code and message of the error that a call ends with. */
export function faultOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof VectorStoreError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no fault'
}
