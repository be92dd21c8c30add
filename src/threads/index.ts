/** Here is an open vector index and a request, give me its answer from other threads. */
export { SearchThreads } from './search-threads.ts'
