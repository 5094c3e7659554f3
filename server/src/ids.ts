import { idPrefixes } from '@bellhop/shared';
import { v7 } from 'uuid';

/** A new id: the kind's prefix and a UUIDv7, so that ids sort by the time they were made. */
export function newId(kind: keyof typeof idPrefixes): string {
  return `${idPrefixes[kind]}_${v7()}`;
}
