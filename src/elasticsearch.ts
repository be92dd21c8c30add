/** Package entry `leveret/elasticsearch`: the official client in this process; needs the peer @elastic/elasticsearch. */
export { connectionTo, embedded } from './client/index.ts'
