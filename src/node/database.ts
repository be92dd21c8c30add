/**
 * The embedded API: typed calls, no JSON, no port.
 *
 *   await using db = await open('./data')
 *   const notes = await db.createIndex<Note>('notes', { v: { type: 'vector', dims: 384, space: 'cosine' }, year: { type: 'integer' } })
 *   await notes.put('1', { title: 'first', v: embedding, year: 2024 })
 *   const { hits } = notes.search({ knn: { field: 'v', vector: query, k: 10 } })
 */
import type { Query } from '../query/index.ts'
import type { RecoveryReport, StoreStats } from '../store/index.ts'
import { exactly, Index } from './embedded-index.ts'
import { checkIndex } from './embedded-request.ts'
import type { RunningNode } from './node.ts'
import type { JsonObject } from './types.ts'

/** Definition of one field, as in an Elasticsearch mapping; `vector` is ours and knows every space. */
export type FieldDefinition = Readonly<Record<string, unknown>> & { readonly type: string }

/** What `open` joins: requests as over HTTP, and the parser of query JSON. */
export type DatabaseServices<Request, Response> = {
  readonly handle: (request: Request) => Promise<Response>
  readonly parseQuery: (json: JsonObject) => Query
}

export class Database<Request = never, Response = unknown> {
  readonly #node: RunningNode
  readonly #services: DatabaseServices<Request, Response>

  constructor(node: RunningNode, services: DatabaseServices<Request, Response>) {
    this.#node = node
    this.#services = services
  }

  /** The same requests as over HTTP; what the official clients' Connections call. */
  handle(request: Request): Promise<Response> {
    return this.#services.handle(request)
  }

  /**
   * Makes an index. Fields that are not named are mapped by their first values.
   *
   * Errors   INDEX_EXISTS, INDEX_NAME, MAPPING_PARSE.
   */
  async createIndex<Doc extends object = Record<string, unknown>>(
    name: string,
    fields?: Readonly<Partial<Record<keyof Doc & string, FieldDefinition>>>
  ): Promise<Index<Doc>> {
    checkIndex(name, fields)
    await this.#node.createIndex(name, {
      settings: new Map(),
      mappings: { properties: fields ?? {} },
      aliases: new Map()
    })
    return this.index<Doc>(name)
  }

  /** An index that is there. Errors INDEX_ABSENT. */
  index<Doc extends object = Record<string, unknown>>(name: string): Index<Doc> {
    checkIndex(name)
    this.#node.resolve([name], exactly)
    return new Index<Doc>(this.#node, name, (json) => this.#services.parseQuery(json))
  }

  hasIndex(name: string): boolean {
    return this.#node.findIndex(name) !== null
  }

  indexNames(): readonly string[] {
    return this.#node.indices().map((index) => index.metadata.name)
  }

  /** Errors INDEX_ABSENT. */
  async deleteIndex(name: string): Promise<void> {
    checkIndex(name)
    return this.#node.deleteIndex(name)
  }

  /** What the audit found when the folder was opened. */
  get recoveryReport(): RecoveryReport {
    return this.#node.recoveryReport
  }

  stats(): { readonly store: StoreStats; readonly cache: ReturnType<RunningNode['cacheStats']> } {
    return { store: this.#node.storeStats(), cache: this.#node.cacheStats() }
  }

  /** Flushes buffers and writes the clean-shutdown mark. Safe to call twice. */
  close(): Promise<void> {
    return this.#node.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
