/**
 * What is written again after some of a batch was refused for the moment (QUEUE_FULL): the refused items, and behind each
 * everything of the same id, so that the last word on an id stays the last.
 *
 * @param ids  Ids that an earlier batch is writing again; those of this batch take their place.
 */
export function writeAgain<Item>(
  items: readonly Item[],
  isRefused: (at: number) => boolean,
  idOf: (item: Item) => string | null,
  ids: Set<string>
): Item[] {
  const mine = new Set<string>()
  const left = items.filter((item, at) => {
    const id = idOf(item)
    const isBehind = id !== null && (ids.has(id) || mine.has(id))
    if (!isBehind && !isRefused(at)) return false
    if (id !== null) mine.add(id)
    return true
  })
  ids.clear()
  for (const id of mine) ids.add(id)
  return left
}
