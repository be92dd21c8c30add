/** Here is a request, give me its response. */
export type { RestHandler } from './handler.ts'
export { open, openRest } from './open.ts'
export type { OpenDatabase, OpenedRest } from './open.ts'
export type { RestResponse } from './types.ts'
