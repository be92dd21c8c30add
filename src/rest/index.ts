/** Here is a request, give me its response. */
export { createHandler } from './handler.ts'
export type { RestHandler } from './handler.ts'
export { open, openRest } from './open.ts'
export type { OpenDatabase, OpenedRest } from './open.ts'
export type { HandlerOptions, RestRequest, RestResponse } from './types.ts'
