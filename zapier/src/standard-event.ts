import type { JsonObject } from '@bellhop/shared';
import { z as schemas } from '@bellhop/shared';

/** An event in the standard format. */
export const standardEvent = schemas.object({
  id: schemas.string(),
  type: schemas.string(),
  timestamp: schemas.string(),
  // The object itself: a parsed copy would lose a key named `__proto__`.
  data: schemas.custom<JsonObject>((data) => typeof data === 'object' && data !== null && !Array.isArray(data)),
});

export type StandardEvent = schemas.output<typeof standardEvent>;
