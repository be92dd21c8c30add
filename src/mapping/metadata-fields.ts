/** Names that every index has: no document and no mapping may define them. */
export const metadataFields: ReadonlySet<string> = new Set([
  '_id',
  '_index',
  '_source',
  '_routing',
  '_seq_no',
  '_version',
  '_primary_term',
  '_field_names',
  '_ignored',
  '_nested_path',
  '_doc_count',
  '_tier'
])
