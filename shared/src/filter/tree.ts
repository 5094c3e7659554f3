/** A filter as it was understood. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | Condition;

/** What is said of the value, or of one of the values, that a path leads to. */
export type Condition =
  | { readonly kind: 'compare'; readonly path: Path; readonly operator: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly path: Path; readonly values: readonly Literal[] }
  | { readonly kind: 'exists'; readonly path: Path };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'starts with' | 'ends with';

export type Literal = string | number | boolean | null;

/** From an event's data to a value; at least one step. */
export type Path = readonly Step[];

/** A field's name; the place of an element, from 0; or null for any element of an array. */
export type Step = string | number | null;
