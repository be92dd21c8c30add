/** Here is a handler, give me a socket. */
export { resolveHttpOptions } from './options.ts'
export type { HttpOptions } from './options.ts'
export { serveHttp } from './server.ts'
export type { HttpServer } from './server.ts'
