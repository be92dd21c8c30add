import { JsonText, braceClose, comma } from './json-text.ts'
import type { Steps } from './steps.ts'

/**
 * Text of a member of an object, in steps; null: it has none of this name.
 *
 * @param bytes  An object: JSON that was checked.
 * @returns JSON without blanks, numbers as they stand.
 */
export function* memberText(bytes: Uint8Array, name: string): Steps<Uint8Array | null> {
  const text = new JsonText(bytes)
  text.peek()
  do {
    text.take()
    if (text.peek() === braceClose) return null
    const isWanted = text.takeName() === name
    text.peek()
    while (!(isWanted ? text.copy() : text.skip())) yield
    if (isWanted) return text.out.view()
    if (text.isStepOver()) yield
  } while (text.peek() === comma)
  return null
}
