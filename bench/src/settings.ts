/** How much is measured. */
export interface Settings {
  /** Fewer and shorter rounds: to see that everything works, not to compare figures. */
  readonly quick: boolean;
  /** Where CPU profiles of the server go; null: none are made. */
  readonly profileDirectory: string | null;
}

/** One of two values of a setting. */
export function choose<T>({ quick }: Settings, values: { readonly full: T; readonly quick: T }): T {
  return quick ? values.quick : values.full;
}
