/** A parsed filter. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | Condition;

/** A test of the value at a path. With a wildcard in the path, one matching value is enough. */
export type Condition =
  | { readonly kind: 'compare'; readonly path: Path; readonly operator: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly path: Path; readonly values: readonly Literal[] }
  | { readonly kind: 'exists'; readonly path: Path };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'starts with' | 'ends with';

export type Literal = string | number | boolean | null;

/** Steps from an event's data to a value; at least one. */
export type Path = readonly Step[];

/** A field's name; an index, from 0; or null for any element of an array. */
export type Step = string | number | null;
