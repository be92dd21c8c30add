/** Here is an open database, give me the official client in this process. */
export { connectionTo, embedded } from './elasticsearch.ts'
