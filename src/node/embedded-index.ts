/** One index of the embedded API: typed documents in, typed hits out. Requests become the node's writes and searches here. */
import { inspect } from 'node:util'
import type { EngineStats } from '../engine/index.ts'
import type { Query } from '../query/index.ts'
import type { ListOf } from '../util/index.ts'
import {
  checkDocument,
  checkId,
  checkPair,
  checkPutMany,
  checkQuery,
  checkSegments,
  searchOf
} from './embedded-request.ts'
import type { EmbeddedSearch, PutManyOptions, QueryJson } from './embedded-request.ts'
import type { RunningNode } from './node.ts'
import { PlainHits } from './plain-hits.ts'
import { putMany } from './put-many.ts'
import type {
  JsonObject,
  NodeHit,
  NodeSearchResult,
  ResolvedIndex,
  WriteItem,
  WriteResult
} from './types.ts'

/** `doc` is null in a search with `source: false`. */
export type Hit<Doc> = { readonly id: string; readonly score: number; readonly doc: Doc }
export type EmbeddedResult<Doc> = {
  readonly hits: readonly Hit<Doc>[]
  readonly total: number
  readonly tookMs: number
  readonly profile: readonly unknown[]
}
export type Written = {
  readonly id: string
  readonly result: 'created' | 'updated' | 'noop' | 'deleted' | 'not_found'
  readonly version: number
  readonly seqNo: number
}

const decoder = new TextDecoder()
/** The index of that name and no other. */
export const exactly = {
  ignoreUnavailable: false,
  allowNoIndices: false,
  expandHidden: true
} as const

/** One index, its documents typed. Everything that is acknowledged is on disk and found by the next search. */
export class Index<Doc extends object> {
  readonly name: string
  readonly #node: RunningNode
  readonly #parseQuery: (json: JsonObject) => Query

  constructor(node: RunningNode, name: string, parseQuery: (json: JsonObject) => Query) {
    this.#node = node
    this.name = name
    this.#parseQuery = parseQuery
  }

  /**
   * Writes a whole document in place of the one with this id, if there is one. When the promise resolves it is on disk, and
   * the next search finds it.
   *
   * Shapes   doc: what JSON.stringify takes. A field that is not mapped gets its type from the first value; vectors are arrays of
   *          numbers or typed arrays with `dims` elements.
   * Cost     a synced write; those that are called together share it, so many at once are much faster than one by one.
   * Errors   DOC_ID, DOC_PARSE (a value that does not fit its field), INDEX_ABSENT (deleted meanwhile), QUEUE_FULL, STORE_*.
   *
   * @param id  1 to 512 bytes of UTF-8.
   */
  async put(id: string, doc: Doc): Promise<Written> {
    return written(await this.#write([this.#indexItem(id, doc)]))
  }

  /**
   * Writes many documents in large batches, in order. A document must stay as it is until its batch is written.
   *
   * @returns Number of documents written.
   * Errors   REQUEST_ARGUMENT (no pairs); those of put, of the first document that fails; documents before it are written, and
   *          some after it may be.
   */
  async putMany(
    docs:
      | Iterable<readonly [id: string, doc: Doc]>
      | AsyncIterable<readonly [id: string, doc: Doc]>,
    options: PutManyOptions = {}
  ): Promise<number> {
    checkPutMany(docs, options)
    return putMany(
      this.#node,
      this.name,
      docs,
      (pair) => {
        checkPair(pair)
        return this.#indexItem(pair[0], pair[1])
      },
      options.onProgress ?? (() => undefined)
    )
  }

  /**
   * Merges into the document that is there: objects member by member, everything else is replaced. When nothing changes nothing
   * is written, and the result is 'noop'.
   *
   * Errors   DOC_ABSENT, DOC_VERSION (four others were faster), those of put.
   */
  async update(id: string, partial: Partial<Doc>): Promise<Written> {
    this.#checkThere()
    checkId(id)
    checkDocument(partial)
    return written(
      await this.#write([
        {
          type: 'update',
          index: this.name,
          id,
          routing: null,
          conditions: {},
          retryOnConflict: 3,
          detectNoop: true,
          doc: { ...partial },
          upsert: null,
          docAsUpsert: false,
          returnSource: false
        }
      ])
    )
  }

  /** Whether the document was there. Errors DOC_ID, QUEUE_FULL, STORE_*. */
  async delete(id: string): Promise<boolean> {
    checkId(id)
    const outcome = written(
      await this.#write([{ type: 'delete', index: this.name, id, routing: null, conditions: {} }])
    )
    return outcome.result === 'deleted'
  }

  /**
   * The newest document with this id; null: there is none.
   *
   * Errors   DOC_ID, INDEX_ABSENT, INDEX_CLOSED, STORE_CHECKSUM (its record is damaged).
   */
  get(id: string): Doc | null {
    checkId(id)
    const found = this.#node.get(this.name, id)
    return found === null ? null : (readSource(found.source) as Doc)
  }

  /** Documents that match, all of them when there is no filter. Errors REQUEST_* (query JSON), QUERY_SHARD, INDEX_ABSENT. */
  count(filter?: QueryJson): number {
    checkQuery(filter)
    const query = filter === undefined ? null : this.#parseQuery(filter)
    const { count, failures } = this.#node.count(this.#targets(), query)
    if (failures[0] !== undefined) throw failures[0].error
    return count
  }

  /**
   * The best documents of a vector search, of a query, or of both: then their scores are added. Without either, all documents.
   *
   * Units    score: higher is better, as Elasticsearch scores the field's space (l2: 1 / (1 + squared distance), cosine:
   *          (1 + cosine) / 2). total: documents that match; of a vector search the neighbours found.
   * Cost     done on this thread before it returns. `hits[…].doc` is parsed when it is read; `source: false` saves reading it.
   * Errors   QUERY_SHARD (dimensions, field types), REQUEST_* (query JSON, unknown names), QUERY_LIMIT, INDEX_ABSENT. Where
   *          an alias stands for several indices, that of the first one that cannot answer: a part of the hits is never given
   *          out as all of them.
   */
  search(request: EmbeddedSearch): EmbeddedResult<Doc> {
    return resultOf(this.#node.search(this.#targets(), searchOf(request, this.#parseQuery)))
  }

  /**
   * The same answer as search(), without keeping the event loop: what takes longer than a turn of it (2.5 ms) goes on in slices.
   * With `threads` long vector searches (a scan of many vectors, a graph that is not in the cache) are done by those.
   *
   * Errors   those of search; what ended a thread.
   */
  async searchAsync(request: EmbeddedSearch): Promise<EmbeddedResult<Doc>> {
    const found = this.#node.search(
      this.#targets(),
      searchOf(request, this.#parseQuery),
      'inSlices'
    )
    return resultOf((await found.whole) ?? found)
  }

  /** Makes a segment of the write buffer now. Nothing needs it but a test or a copy of the folder. Errors STORE_*. */
  async flush(): Promise<void> {
    await this.#node.flush(this.#targets())
  }

  /**
   * Merges segments until there are no more than `maxSegments`: one graph answers faster than several. Searches and writes go on.
   *
   * Cost     reads and writes all that is merged; a graph of 100,000 x 128 takes some 4 seconds on two cores.
   * Errors   QUERY_LIMIT (less than 1), STORE_FULL, MEMORY_LIMIT, NODE_CLOSED (the index was closed meanwhile).
   */
  async merge(maxSegments = 1): Promise<void> {
    checkSegments(maxSegments)
    await this.#node.forceMerge(this.#targets(), { maxSegments })
  }

  /** Segments, documents, bytes, what flushes and merges did; null where the index is closed. */
  stats(): EngineStats | null {
    return this.#node.findIndex(this.name)?.engine?.stats() ?? null
  }

  #targets(): readonly ResolvedIndex[] {
    return this.#node.resolve([this.name], exactly)
  }

  #write(items: readonly WriteItem[]): Promise<readonly WriteResult[]> {
    return this.#node.write(items)
  }

  /** A write to an index that was deleted would make another one, with no field but those it can guess. Errors INDEX_ABSENT. */
  #checkThere(): void {
    if (this.#node.findIndex(this.name) === null) this.#targets()
  }

  #indexItem(id: string, doc: Doc): WriteItem {
    this.#checkThere()
    checkId(id)
    checkDocument(doc)
    return {
      type: 'index',
      index: this.name,
      id,
      routing: null,
      opType: 'index',
      body: doc as JsonObject,
      conditions: {}
    }
  }
}

function resultOf<Doc>(result: NodeSearchResult): EmbeddedResult<Doc> {
  if (result.failures[0] !== undefined) throw result.failures[0].error
  return {
    hits: hitsOf(result.hits),
    total: result.total?.value ?? result.hits.length,
    tookMs: result.tookMs,
    profile: result.profile
  }
}

/** Those of which only ids and scores are known are made once, here. */
function hitsOf<Doc>(found: ListOf<NodeHit>): Hit<Doc>[] {
  const hits: Hit<Doc>[] = []
  if (found instanceof PlainHits)
    for (let at = 0; at < found.length; at++) hits.push(idHit(found.idAt(at), found.scoreAt(at)))
  else
    for (const hit of found)
      hits.push(hit.source === null ? idHit(hit.id, hit.score) : new FoundHit<Doc>(hit))
  return hits
}

/** Without a source there is nothing to read, and most of the cost of a hit is saved. */
function idHit<Doc>(id: string, score: number | null): Hit<Doc> {
  return { id, score: score ?? Number.NaN, doc: null as Doc }
}

/** The document is read when it is asked for: vectors are long texts, and often only the ids are wanted. */
class FoundHit<Doc> implements Hit<Doc> {
  readonly id: string
  readonly score: number
  declare readonly doc: Doc

  constructor({ id, score, source }: NodeHit) {
    this.id = id
    this.score = score ?? Number.NaN
    let doc: Doc | null = null
    const get = (): Doc | null => {
      if (doc === null && source !== null) doc = readSource(source) as Doc
      return doc
    }
    // An own member, so that spreading and JSON.stringify see it.
    Object.defineProperty(this, 'doc', { get, enumerable: true })
  }

  /** Node's console would print an accessor. */
  [inspect.custom](): Hit<Doc> {
    const { id, score, doc } = this
    return { id, score, doc }
  }
}

/** Numbers as JavaScript has them; keys like `__proto__` are ordinary keys to JSON.parse. */
function readSource(source: Uint8Array): unknown {
  return JSON.parse(decoder.decode(source))
}

function written(results: readonly WriteResult[]): Written {
  const [result] = results
  if (result === undefined) throw new TypeError('a write gives one result per item')
  return checked(result)
}

function checked(result: WriteResult): Written {
  const { outcome } = result
  if (!outcome.ok) throw outcome.error
  return { id: outcome.id, result: outcome.result, version: outcome.version, seqNo: outcome.seqNo }
}
