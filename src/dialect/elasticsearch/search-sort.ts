/** `sort` of a search, in the body and in the URL. */
import type { SortSpec } from '../../node/index.ts'
import type { BodyNode } from '../body-node.ts'
import { doubleOf, field, readObject, textOf } from '../body-values.ts'
import { illegalArgument } from '../wire-failure.ts'

type FieldSort = Extract<SortSpec, { type: 'field' }>

const numericTypes: readonly string[] = ['long', 'double', 'date', 'date_nanos']
const modes = ['min', 'max', 'avg', 'sum', 'median'] as const

/** Names that stand for something else than a field. */
const special: Readonly<Record<string, Exclude<SortSpec['type'], 'field'>>> = {
  _score: 'score',
  _doc: 'doc',
  _shard_doc: 'shardDoc',
  _seq_no: 'seqNo'
}

/** Names that Elasticsearch sorts by, or has reasons not to, and that are no fields here. */
const unbuilt: ReadonlySet<string> = new Set(
  '_geo_distance _script _id _index _routing _ignored _doc_count'.split(' ')
)

export function parseSort(node: BodyNode): SortSpec[] {
  return node.elements().flatMap((element) => parseSortElement(element))
}

function parseSortElement(node: BodyNode): SortSpec[] {
  if (node.token === 'VALUE_STRING') return [sortOn(textOf(node.value), null)]
  if (node.token !== 'START_OBJECT')
    throw illegalArgument(
      `malformed sort format, within the sort array, an object, or an actual string are allowed`
    )
  const sorts: SortSpec[] = []
  for (const [key, member] of node.members()) {
    if (member.token === 'VALUE_STRING') sorts.push(sortOn(key, descendingOf(textOf(member.value))))
    else if (member.token === 'START_OBJECT') sorts.push(parseFieldSort(key, member))
    else throw member.parseFault(`[field_sort] unknown token [${member.token}] after [${key}]`)
  }
  return sorts
}

function sortOn(name: string, descending: boolean | null): SortSpec {
  const type = Object.hasOwn(special, name) ? special[name] : undefined
  if (type !== undefined) return { type, descending: descending ?? type === 'score' }
  if (unbuilt.has(name))
    throw illegalArgument(
      `sort [${name}] is not supported by this version, wanted a field, [_score], [_doc], [_seq_no] or, in a point in time, [_shard_doc]`
    )
  return {
    type: 'field',
    field: name,
    descending: descending ?? false,
    missing: 'last',
    mode: null,
    unmappedType: null,
    format: null
  }
}

function descendingOf(order: string): boolean {
  const name = order.toLowerCase()
  if (name === 'asc' || name === 'desc') return name === 'desc'
  throw illegalArgument(
    `No enum constant org.elasticsearch.search.sort.SortOrder.${order.toUpperCase()}`
  )
}

function parseFieldSort(name: string, node: BodyNode): SortSpec {
  let descending: boolean | null = null
  const options: { -readonly [key in keyof FieldSort]?: FieldSort[key] } = {}
  readObject(node, name === '_score' ? 'score_sort' : 'field_sort', {
    order: field.string((value) => {
      descending = descendingOf(value)
    }),
    missing: field.any((member) => {
      options.missing = missingOf(member)
    }),
    mode: field.string((value) => {
      const found = modes.find((mode) => mode === value.toLowerCase())
      if (found === undefined) throw illegalArgument(`Unknown SortMode [${value}]`)
      options.mode = found
    }),
    unmapped_type: field.string((value) => {
      options.unmappedType = value
    }),
    format: field.string((value) => {
      options.format = value
    }),
    // Numbers of all kinds are compared as they are.
    numeric_type: field.string((value) => {
      if (!numericTypes.includes(value.toLowerCase()))
        throw illegalArgument(
          `invalid value for [numeric_type], must be [${numericTypes.join(', ')}], got ${value}`
        )
    }),
    nested: field.object(() => {
      throw illegalArgument('[nested] of [field_sort] is not supported by this version')
    })
  })
  const plain = sortOn(name, descending)
  return plain.type === 'field' ? { ...plain, ...options } : plain
}

function missingOf(node: BodyNode): FieldSort['missing'] {
  if (node.value === '_last' || node.value === '_first')
    return node.value === '_last' ? 'last' : 'first'
  return typeof node.value === 'number' ? doubleOf(node.value) : textOf(node.value)
}

/** `sort=name:desc,_score`. */
export function parseUrlSort(text: string): SortSpec[] {
  return text.split(',').map((part) => {
    const colon = part.lastIndexOf(':')
    if (colon < 0) return sortOn(part, null)
    return sortOn(part.slice(0, colon), descendingOf(part.slice(colon + 1)))
  })
}
