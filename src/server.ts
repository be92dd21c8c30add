/** Package entry `leveret/server`: a data folder behind a port. */
export { serveHttp } from './http/index.ts'
export type { HttpOptions, HttpServer } from './http/index.ts'
export { openRest } from './rest/index.ts'
