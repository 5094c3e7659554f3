import type { StoreErrorCode } from '../errors.ts';

/** What a thread of the store is for. */
export interface Duty {
  readonly file: string;
  readonly readOnly: boolean;
}

/** Sent to a thread of the store. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: StoreErrorCode; readonly message: string };
