/** Members and methods of values that are known only when the script runs. */
import { ScriptFault } from './fault.ts'
import {
  JavaNumber,
  ScriptObject,
  asNumber,
  checkWritable,
  classNameOf,
  convertNumber,
  isEqual,
  textOf
} from './value.ts'

type NumberArray = Int32Array | Float32Array | Float64Array
type Methods<T> = ReadonlyMap<string, (receiver: T, args: readonly unknown[]) => unknown>

const int = (value: number): JavaNumber => new JavaNumber('int', value)

function isNumberArray(value: unknown): value is NumberArray {
  return (
    value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array
  )
}

const listMethods: Methods<unknown[]> = new Map<
  string,
  (list: unknown[], args: readonly unknown[]) => unknown
>([
  ['size', (list) => int(list.length)],
  ['isEmpty', (list) => list.length === 0],
  ['get', (list, [at]) => elementAt(list, asNumber(at).value)],
  ['contains', (list, [wanted]) => list.some((item) => isEqual(item, wanted))],
  ['indexOf', (list, [wanted]) => int(list.findIndex((item) => isEqual(item, wanted)))],
  [
    'add',
    (list, [item]) => {
      checkWritable(list)
      list.push(item)
      return true
    }
  ]
])

const mapMethods: Methods<Map<unknown, unknown>> = new Map<
  string,
  (map: Map<unknown, unknown>, args: readonly unknown[]) => unknown
>([
  ['get', (map, [key]) => map.get(keyOf(key)) ?? null],
  ['getOrDefault', (map, [key, other]) => map.get(keyOf(key)) ?? other],
  ['containsKey', (map, [key]) => map.has(keyOf(key))],
  ['size', (map) => int(map.size)],
  ['isEmpty', (map) => map.size === 0],
  ['keySet', (map) => [...map.keys()]],
  ['values', (map) => [...map.values()]],
  [
    'put',
    (map, [key, value]) => {
      checkWritable(map)
      const before = map.get(keyOf(key)) ?? null
      map.set(keyOf(key), value)
      return before
    }
  ]
])

const textMethods: Methods<string> = new Map<
  string,
  (text: string, args: readonly unknown[]) => unknown
>([
  ['length', (text) => int(text.length)],
  ['isEmpty', (text) => text.length === 0],
  ['contains', (text, [part]) => text.includes(textOf(part))],
  ['startsWith', (text, [part]) => text.startsWith(textOf(part))],
  ['endsWith', (text, [part]) => text.endsWith(textOf(part))],
  ['indexOf', (text, [part]) => int(text.indexOf(textOf(part)))],
  ['equals', (text, [other]) => text === other],
  ['equalsIgnoreCase', (text, [other]) => text.toLowerCase() === textOf(other).toLowerCase()],
  ['toLowerCase', (text) => text.toLowerCase()],
  ['toUpperCase', (text) => text.toUpperCase()],
  ['trim', (text) => text.trim()],
  [
    'substring',
    (text, [from, to]) =>
      text.slice(asNumber(from).value, to === undefined ? text.length : asNumber(to).value)
  ]
])

const numberMethods: Methods<JavaNumber> = new Map<
  string,
  (number: JavaNumber, args: readonly unknown[]) => unknown
>([
  ['intValue', ({ value }) => int(convertNumber(value, 'int'))],
  ['longValue', ({ value }) => new JavaNumber('long', convertNumber(value, 'long'))],
  ['floatValue', ({ value }) => new JavaNumber('float', Math.fround(value))],
  ['doubleValue', ({ value }) => new JavaNumber('double', value)],
  ['toString', (number) => textOf(number)],
  ['equals', (number, [other]) => isEqual(number, other)]
])

/** `receiver.name(args)`; arguments are boxed, so is the result. Errors  ScriptFault. */
export function callMethod(receiver: unknown, name: string, args: readonly unknown[]): unknown {
  if (receiver instanceof ScriptObject) return receiver.call(name, args)
  if (receiver instanceof ScriptFault && name === 'getMessage') return receiver.message
  const method = methodOf(receiver, name)
  if (method !== undefined) return method(args)
  if (receiver === null)
    throw new ScriptFault('NullPointerException', `Cannot invoke "${name}()" because it is null`)
  throw new ScriptFault(
    'IllegalArgumentException',
    `dynamic method [${classNameOf(receiver)}, ${name}/${args.length}] not found`
  )
}

function methodOf(
  receiver: unknown,
  name: string
): ((args: readonly unknown[]) => unknown) | undefined {
  const bind = <T>(
    methods: Methods<T>,
    of: T
  ): ((args: readonly unknown[]) => unknown) | undefined => {
    const method = methods.get(name)
    return method === undefined ? undefined : (args) => method(of, args)
  }
  if (typeof receiver === 'string') return bind(textMethods, receiver)
  if (receiver instanceof JavaNumber) return bind(numberMethods, receiver)
  if (receiver instanceof Map) return bind(mapMethods, receiver)
  return Array.isArray(receiver) ? bind(listMethods, receiver) : undefined
}

/** `receiver.name`. Errors  ScriptFault. */
export function readMember(receiver: unknown, name: string): unknown {
  if (receiver instanceof ScriptObject) return receiver.member(name)
  if (receiver instanceof Map) return receiver.get(name) ?? null
  if (name === 'length' && isNumberArray(receiver)) return int(receiver.length)
  if (receiver instanceof ScriptFault && name === 'message') return receiver.message
  if (receiver === null)
    throw new ScriptFault('NullPointerException', `Cannot read field "${name}" because it is null`)
  // A getter: list.empty is list.isEmpty().
  const getter = `is${name[0]!.toUpperCase()}${name.slice(1)}`
  const method = methodOf(receiver, getter)
  if (method !== undefined) return method([])
  throw new ScriptFault(
    'IllegalArgumentException',
    `dynamic getter [${classNameOf(receiver)}, ${name}] not found`
  )
}

/** `receiver[index]`. Errors  ScriptFault. */
export function readIndex(receiver: unknown, index: unknown): unknown {
  if (receiver instanceof Map) return receiver.get(keyOf(index)) ?? null
  if (receiver instanceof ScriptObject) return receiver.call('get', [index])
  if (Array.isArray(receiver) || isNumberArray(receiver))
    return elementAt(receiver, asNumber(index).value)
  throw new ScriptFault(
    'IllegalArgumentException',
    `Attempting to address a non-array-like type [${classNameOf(receiver)}] as an array.`
  )
}

/** `receiver[index] = value`, boxed. Errors  ScriptFault. */
export function writeIndex(receiver: unknown, index: unknown, value: unknown): void {
  if (Array.isArray(receiver) || receiver instanceof Map) checkWritable(receiver)
  if (receiver instanceof Map) {
    receiver.set(keyOf(index), value)
    return
  }
  const at = asNumber(index).value
  if (Array.isArray(receiver)) {
    checkIndex(at, receiver.length)
    receiver[at] = value
  } else if (isNumberArray(receiver)) {
    checkIndex(at, receiver.length)
    receiver[at] = asNumber(value).value
  } else
    throw new ScriptFault(
      'IllegalArgumentException',
      `Attempting to address a non-array-like type [${classNameOf(receiver)}] as an array.`
    )
}

function elementAt(list: readonly unknown[] | NumberArray, at: number): unknown {
  checkIndex(at, list.length)
  const item = list[at]
  if (Array.isArray(list)) return item
  const type =
    list instanceof Float32Array ? 'float' : list instanceof Float64Array ? 'double' : 'int'
  return new JavaNumber(type, item as number)
}

export function checkIndex(at: number, length: number): void {
  if (at >= 0 && at < length) return
  throw new ScriptFault(
    'IndexOutOfBoundsException',
    `Index ${at} out of bounds for length ${length}`
  )
}

/** Numbers are keys by their value. */
function keyOf(key: unknown): unknown {
  return key instanceof JavaNumber ? `#${key.value}` : key
}

/** What a for-each loop walks over. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isNumberArray(value)) return Array.from(value, (_, at) => elementAt(value, at))
  if (value instanceof ScriptObject && 'items' in value && typeof value.items === 'function')
    return (value.items as () => unknown[])()
  throw new ScriptFault('IllegalArgumentException', `Cannot iterate over [${classNameOf(value)}]`)
}
