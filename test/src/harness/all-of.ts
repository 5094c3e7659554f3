/** The ids of a batch that was taken whole. */
export function allOf({ ids }: { readonly ids: readonly (string | null)[] }): string[] {
  return ids.map((id) => {
    if (id === null) throw new Error('An event of the batch was rejected.');
    return id;
  });
}
