/** What dynamic mapping adds while a document is read: definitions by path, later merged as one definition. */
import type { MappingJson } from './contract.ts'
import { isObject } from './mapping-tree.ts'

type Addition = { definition: MappingJson | null; readonly children: Map<string, Addition> }

export class Additions {
  /** Made with the first addition: nearly all documents have none. */
  #root: Addition | null = null
  #count = 0
  #location = '1:1'

  get isEmpty(): boolean {
    return this.#count === 0
  }

  has(path: string): boolean {
    return this.#find(path)?.definition != null
  }

  /** Where in the document a field had to change, for the fault when it may not. */
  get location(): string {
    return this.#location
  }

  /** The first definition of a path counts. */
  add(path: string, definition: MappingJson, location: string | null = null): void {
    if (location !== null) this.#location = location
    let node = (this.#root ??= { definition: null, children: new Map() })
    for (const part of path.split('.')) {
      let child = node.children.get(part)
      if (child === undefined) {
        child = { definition: null, children: new Map() }
        node.children.set(part, child)
      }
      node = child
    }
    if (node.definition !== null) return
    node.definition = definition
    this.#count++
  }

  toJson(): MappingJson {
    return { properties: this.#root === null ? {} : propertiesOf(this.#root) }
  }

  #find(path: string): Addition | null {
    let node: Addition | undefined = this.#root ?? undefined
    for (const part of path.split('.')) node = node?.children.get(part)
    return node ?? null
  }
}

function propertiesOf(node: Addition): MappingJson {
  return Object.fromEntries(
    [...node.children].map(([name, child]) => {
      if (child.children.size === 0) return [name, child.definition ?? {}]
      const own = child.definition ?? {}
      return [
        name,
        { ...own, properties: { ...asObject(own['properties']), ...propertiesOf(child) } }
      ]
    })
  )
}

function asObject(value: unknown): MappingJson {
  return isObject(value) ? value : {}
}
