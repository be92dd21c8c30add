/**
 * The query tree. Two forms of one type: a dialect makes it with field names and JSON values (`FieldQuery`), the
 * mapping lowers it to what an index can answer (`Query` without FieldQuery). All nodes are frozen plain data.
 */
import type { FieldInfo } from '../segment/index.ts'
import type { Element, Space, Vector } from '../vector/index.ts'

type Base = {
  /** Multiplies the score. @default 1 */
  readonly boost?: number
  /** `_name`: reported in matched queries. */
  readonly name?: string
}

/** Lowered nodes: fields are FieldInfo, values are of the column's type. */
export type Query = Base &
  (
    | { readonly type: 'matchAll' }
    | { readonly type: 'matchNone' }
    | {
        readonly type: 'bool'
        readonly must: readonly Query[]
        readonly should: readonly Query[]
        readonly filter: readonly Query[]
        readonly mustNot: readonly Query[]
        /** Number, '75%', '-1' … as written; null: 0 with must or filter, else 1. */
        readonly minimumShouldMatch: string | number | null
      }
    | { readonly type: 'disMax'; readonly queries: readonly Query[]; readonly tieBreaker: number }
    | { readonly type: 'constantScore'; readonly filter: Query }
    | {
        readonly type: 'boosting'
        readonly positive: Query
        readonly negative: Query
        readonly negativeBoost: number
      }
    /** One term. scored: BM25 (keyword and text), else the boost. */
    | {
        readonly type: 'term'
        readonly field: FieldInfo
        readonly term: string
        readonly scored: boolean
      }
    /** Any of the terms, constant score. Sorted by byte order. */
    /** More than termsAtOnceMax terms are as they came. */
    | { readonly type: 'termSet'; readonly field: FieldInfo; readonly terms: readonly string[] }
    /** Terms by prefix, wildcard pattern (`*`, `?`, `\` escapes); constant score. */
    | {
        readonly type: 'termPattern'
        readonly field: FieldInfo
        readonly pattern: string
        readonly kind: 'prefix' | 'wildcard'
        readonly caseInsensitive: boolean
      }
    | {
        readonly type: 'termRange'
        readonly field: FieldInfo
        readonly from: string | null
        readonly to: string | null
        readonly fromInclusive: boolean
        readonly toInclusive: boolean
      }
    /** Inclusive bounds on a long column. */
    | {
        readonly type: 'longRange'
        readonly field: FieldInfo
        readonly from: bigint
        readonly to: bigint
      }
    | { readonly type: 'longSet'; readonly field: FieldInfo; readonly values: readonly bigint[] }
    /** Inclusive bounds on a double column. */
    | {
        readonly type: 'doubleRange'
        readonly field: FieldInfo
        readonly from: number
        readonly to: number
      }
    | { readonly type: 'doubleSet'; readonly field: FieldInfo; readonly values: readonly number[] }
    | {
        readonly type: 'phrase'
        readonly field: FieldInfo
        readonly terms: readonly { readonly term: string; readonly position: number }[]
        readonly slop: number
      }
    | { readonly type: 'exists'; readonly fields: readonly FieldInfo[] }
    | { readonly type: 'ids'; readonly ids: readonly string[] }
    | KnnQuery
    | NeighborsQuery
    | LookupQuery
    | {
        readonly type: 'scriptScore'
        readonly query: Query
        readonly script: CompiledScore
        readonly minScore: number | null
      }
    /**
     * The query's score combined with functions of the document. Weight-only functions have `value: null`; field value
     * factor, random and decay functions come as CompiledScore from script/.
     */
    | {
        readonly type: 'functionScore'
        readonly query: Query
        readonly functions: readonly ScoreFunction[]
        readonly scoreMode: 'multiply' | 'sum' | 'avg' | 'first' | 'max' | 'min'
        readonly boostMode: 'multiply' | 'replace' | 'sum' | 'avg' | 'max' | 'min'
        /** Infinity: not limited. */
        readonly maxBoost: number
        readonly minScore: number | null
      }
    /** Live root documents found before (global top k of a knn section), best score first, then in index order. */
    | { readonly type: 'docScores'; readonly docs: readonly ScoredDoc[] }
    | {
        readonly type: 'nested'
        readonly path: string
        /** An index without such a path matches nothing, instead of failing. */
        readonly ignoreUnmapped?: boolean
        readonly query: Query
        readonly scoreMode: 'avg' | 'max' | 'min' | 'sum' | 'none'
      }
    | FieldQuery
  )

/** A document of one index; segment by position in the search, score before the boost. */
export type ScoredDoc = { readonly segment: number; readonly docId: number; readonly score: number }

/** k nearest neighbours as a query: the top k of each index, with scores from `score`. */
export type KnnQuery = {
  readonly type: 'knn'
  readonly field: FieldInfo
  readonly vector: Vector
  readonly k: number
  readonly candidates: number
  readonly filter: Query | null
  /** Raw value that a hit must reach (see vector/types.ts RawValue), or null. */
  readonly rawLimit: number | null
  readonly score: ScoreFormula
  /** true: every vector is compared, hits are not limited to k (Elasticsearch's flat types). */
  readonly exhaustive: boolean
  /** Vectors compared again with the originals: null leaves it to the index. */
  readonly rescore: number | null
}

/**
 * Documents scored by comparing their vectors with one, exactly. Which documents: `by`. Unlike knn it has no k: everything it
 * proposes is a hit, filters around it choose among those.
 */
export type NeighborsQuery = {
  readonly type: 'neighbors'
  readonly field: FieldInfo
  readonly vector: Vector
  /** Any that the field's elements have, whatever the field's own. Cosine: two vectors of zeros have 1, one and another -1. */
  readonly space: Space
  readonly score: ScoreFormula
  readonly by:
    /** Every document that has the field. */
    | { readonly type: 'scan' }
    /** In each segment those with the most hash terms in common with the vector, at most `candidates`, none without any. */
    | { readonly type: 'terms'; readonly candidates: number; readonly probes: number }
    /** Every document that has the field; no vectors are compared: the raw value is the share of the terms in common. */
    | { readonly type: 'share'; readonly probes: number }
}

/**
 * Stands for a query that needs a stored document: the node reads that and puts what `read` makes of it in its place, before
 * anything is searched.
 */
type LookupQuery = {
  readonly type: 'lookup'
  readonly index: string
  readonly id: string
  /** source: `_source` as it is now; null: there is no such document. Errors of the dialect. */
  read(source: Readonly<Record<string, unknown>> | null): Query
}

/** One function of a functionScore: applies to the documents of `filter` (null: to all). */
export type ScoreFunction = {
  readonly filter: Query | null
  readonly value: CompiledScore | null
  readonly weight: number
  /** Instead of `value`: the score that this query gives the document, which must match it. */
  readonly query?: Query
}

/** A knn clause with its boost and name. */
export type KnnClause = Base & KnnQuery

/** Raw value to score; higher is nearer. Float32 in, float32 out (Math.fround is applied by the caller). */
export type ScoreFormula = (raw: number) => number

/** A compiled score script bound to its parameters: one call a document. */
export type CompiledScore = {
  /** Fields whose vectors or columns the script reads, resolved when it was compiled. */
  bind(context: ScriptContext): (docId: number, score: number) => number
}
/** What a script knows of a field before it reads a document. */
export type ScriptField =
  | { readonly kind: 'vector'; readonly dims: number; readonly element: Element }
  | { readonly kind: 'long' | 'double' | 'keyword' | 'boolean' | 'date' }
  /** In the mapping, but with neither values nor vectors so far. */
  | { readonly kind: 'none' }
  /** It has values, but not by document (text): why they cannot be read. */
  | { readonly kind: 'unreadable'; readonly reason: string }
/** What a script may ask of a segment; search/ supplies it. */
export type ScriptContext = {
  /** null: the field is not in the mapping. */
  field(name: string): ScriptField | null
  /** Vector function of a field over documents; throws SCRIPT_RUNTIME when a document has no vector. */
  vectorFunction(
    name: 'dot' | 'cosine' | 'l1' | 'l2' | 'hamming',
    field: string,
    query: Vector
  ): (docId: number) => number
  /** null when the document has no vector. */
  vectorAt(field: string, docId: number): Vector | null
  /** Values of a column, ascending; long columns give numbers (exact up to 2^53). */
  values(field: string, docId: number): readonly (number | string | boolean)[]
}

/** Nodes as a dialect writes them: the mapping of each index lowers them. Values are JSON values. */
export type FieldQuery =
  | {
      readonly type: 'fieldTerm'
      readonly field: string
      readonly value: JsonScalar
      readonly caseInsensitive: boolean
    }
  | { readonly type: 'fieldTerms'; readonly field: string; readonly values: readonly JsonScalar[] }
  | {
      readonly type: 'fieldRange'
      readonly field: string
      readonly gt?: JsonScalar
      readonly gte?: JsonScalar
      readonly lt?: JsonScalar
      readonly lte?: JsonScalar
      readonly format: string | null
      readonly timeZone: string | null
    }
  | {
      readonly type: 'fieldPattern'
      readonly field: string
      readonly kind: 'prefix' | 'wildcard'
      readonly pattern: string
      readonly caseInsensitive: boolean
    }
  | {
      readonly type: 'fieldMatch'
      readonly field: string
      readonly text: JsonScalar
      readonly operator: 'and' | 'or'
      readonly minimumShouldMatch: string | number | null
      readonly analyzer: string | null
      readonly lenient: boolean
      readonly zeroTermsQuery: 'none' | 'all'
    }
  | {
      readonly type: 'fieldMatchPhrase'
      readonly field: string
      readonly text: JsonScalar
      readonly slop: number
      readonly analyzer: string | null
    }
  /** Wildcards and object names are expanded against the mapping. */
  | { readonly type: 'fieldExists'; readonly field: string }
  /** Vector forms and checks are the field type's business. */
  | {
      readonly type: 'fieldKnn'
      readonly field: string
      readonly vector: unknown
      readonly k: number
      readonly candidates: number
      readonly filter: Query | null
      readonly similarity: number | null
      readonly oversample: number | null
      readonly section: boolean
    }
  /** A dialect's own query on a field: it says what the query is on the field that an index has. */
  | {
      readonly type: 'fieldBound'
      readonly field: string
      /**
       * Errors   REQUEST_ARGUMENT, as the dialect words them.
       *
       * @param field     null where the index has none of that name.
       * @param termsMax  What the index allows a query.
       */
      bind(field: BoundField | null, termsMax: number): Query
    }

/** A field of a mapping as far as queries need to know it. */
export type BoundField = {
  readonly name: string
  readonly typeName: string
  /** null: its values are not kept. */
  readonly info: FieldInfo | null
}

export type JsonScalar = string | number | boolean | bigint | null
