import { z } from 'zod';
import { maximumFilterLength, parseFilter } from '../filter.ts';
import { idPrefixes } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { platformIds } from '../platforms.ts';
import { formatIds } from '../wire-format.ts';
import { parseTime } from './time.ts';

export function id(kind: keyof typeof idPrefixes) {
  const prefix = idPrefixes[kind];
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`), {
      error: `must be an id such as ${prefix}_0190a5d2-…`,
    })
    .meta({ examples: [`${prefix}_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51`] });
}

/** Any JSON object, passed through: a parsed copy would lose a key named `__proto__`. */
export const jsonObject = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .meta({ type: 'object' });

export const timestamp = z.iso.datetime({ offset: true });

/** A time from a caller; parsed, it is in UTC ({@link parseTime}). */
export const pointInTime = z
  .string('must be a time such as "2026-01-31T10:00:00Z"')
  .meta({
    format: 'date-time',
    description: 'RFC 3339, with Z or an offset, and as many digits of a second as you like. Kept to the millisecond.',
  })
  .transform((text, context) => {
    const parsed = parseTime(text);
    if (parsed.ok) return parsed.time;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });

/** Text for people: no control characters, no lone surrogates. */
export function text(maximum: number) {
  return z
    .string()
    .max(maximum)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');
}

export const providerId = text(63).min(1).meta({ description: 'A provider id; GET /v1/providers lists them.' });

export const eventTypes = z
  .array(text(128).min(1))
  .min(1)
  .max(100)
  .refine((types) => new Set(types).size === types.length, 'must not name an event type twice')
  .meta({ description: 'Event types of the provider.' });

export const targetUrl = z.string().min(1).max(2048).meta({
  format: 'uri',
  description: 'Where requests are sent: https; in development also http and loopback addresses.',
});

export const platform = z.enum(platformIds);
export const format = z.enum(formatIds);

/** Stands for a credential where the API does not show it. */
export const hiddenValue = '********';

/** Whether somebody writes back what they were shown instead of a credential: `********`, `Bearer ********`, `whsec_********`. */
export function isHiddenValue(value: string): boolean {
  return /^(?:[A-Za-z]+[ _])?\*{4,}$/.test(value);
}

/** A value that the API takes and does not show again. */
export function credential(type: z.ZodString): z.ZodString {
  return type.refine((value) => !isHiddenValue(value), 'is the placeholder for a hidden value; give the value itself');
}

export const signingSecret = credential(z.string()).meta({
  description:
    'Your own secret: 8 to 256 printable characters; in the standard format `whsec_` and base64. A weak one is taken with a warning. Default: generated if the format is signed.',
});

export const filter = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseFilter(text);
    if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.problem });
  })
  .meta({
    maxLength: maximumFilterLength,
    description:
      'Send only the events whose data matches, such as `score >= 80 and tags contains "high-intent"` (docs/filters.md). null: all events.',
    examples: ['status == "new"'],
  });

export const page = {
  limit: z.coerce.number('must be a whole number from 1 to 100').int().min(1).max(100).default(50),
  cursor: z
    .string()
    .regex(/^[a-z]+_[0-9a-f-]{36}$/, 'must be the next_cursor of an earlier page')
    .optional(),
};

export function list<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}
