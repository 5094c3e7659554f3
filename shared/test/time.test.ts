import { describe, expect, test } from 'vitest';
import { parseTime } from '../src/api/time.ts';

const noon = '2026-03-01T10:00:00.000Z';

describe('a time is taken as it is written by', () => {
  test.each([
    ['RFC 3339', '2026-03-01T10:00:00Z', noon],
    ['RFC 3339 in lower case', '2026-03-01t10:00:00z', noon],
    ['Java, OffsetDateTime at a full minute', '2026-03-01T10:00Z', noon],
    ['Java, OffsetDateTime elsewhere', '2026-03-01T12:00+02:00', noon],
    ['Java, ZonedDateTime', '2026-03-01T11:00:00.5+01:00[Europe/Berlin]', '2026-03-01T10:00:00.500Z'],
    ['Java, ZonedDateTime in UTC', '2026-03-01T10:00Z[UTC]', noon],
    ['Java, SimpleDateFormat', '2026-03-01T10:00:00.250+0000', '2026-03-01T10:00:00.250Z'],
    ['Go, RFC3339Nano', '2026-03-01T10:00:00.123456789Z', '2026-03-01T10:00:00.123Z'],
    ['.NET, round trip', '2026-03-01T10:00:00.1239999+00:00', '2026-03-01T10:00:00.123Z'],
    ['.NET, DateTime without a value', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['.NET, universal sortable', '2026-03-01 10:00:00Z', noon],
    ['Python, isoformat', '2026-03-01T10:00:00.000001+00:00', noon],
    ['Python, str', '2026-03-01 15:30:00+05:30', noon],
    ['PHP, DATE_ISO8601', '2026-03-01T12:00:00+0200', noon],
    ['PHP, DATE_ATOM', '2026-03-01T12:00:00+02:00', noon],
    ['Ruby, Time#to_s', '2026-03-01 12:00:00 +0200', noon],
    ['PostgreSQL', '2026-03-01 05:00:00-05', noon],
    ['ISO 8601 with a comma', '2026-03-01T10:00:00,25Z', '2026-03-01T10:00:00.250Z'],
    ['an hour that daylight saving skips', '2026-03-29T02:30:00+01:00', '2026-03-29T01:30:00.000Z'],
    ['a leap day', '2024-02-29T23:59:59.9999Z', '2024-02-29T23:59:59.999Z'],
    ['a machine with many digits', `2026-03-01T10:00:00.${'0'.repeat(99)}1Z`, noon],
  ])('%s: %s', (_, text, time) => {
    expect(parseTime(text)).toEqual({ ok: true, time });
  });
});

describe('a time is refused', () => {
  test.each([
    ['without a zone', '2026-03-01T10:00:00', /must end with Z or an offset/],
    ['with the name of a zone alone', '2026-03-01T10:00:00[Europe/Berlin]', /must end with Z or an offset/],
    ['on a day that does not exist', '2026-02-29T10:00:00Z', /that exist/],
    ['in a month that does not exist', '2026-13-01T10:00:00Z', /that exist/],
    ['on day zero', '2026-03-00T10:00:00Z', /that exist/],
    ['in an hour that does not exist', '2026-03-01T24:00:00Z', /that exist/],
    ['in a leap second', '2026-06-30T23:59:60Z', /that exist/],
    ['with an offset that does not exist', '2026-03-01T10:00:00+24:00', /that exist/],
    ['with minutes of an offset that do not exist', '2026-03-01T10:00:00+01:60', /that exist/],
    ['after the year 9999', '9999-12-31T23:59:59-01:00', /years 0000 to 9999/],
    ['before the year 0', '0000-01-01T00:00:00+01:00', /years 0000 to 9999/],
    ['of five digits in the year', '+10000-01-01T00:00:00Z', /such as 2026/],
    ['that is a date', '2026-03-01', /such as 2026/],
    ['that is a number', '1772359200', /such as 2026/],
    ['with a line break at the end', '2026-03-01T10:00:00Z\n', /such as 2026/],
    ['with 100,000 digits', `2026-03-01T10:00:00.${'1'.repeat(100_000)}Z`, /such as 2026/],
    ['in words', 'yesterday', /such as 2026/],
    ['that is empty', '', /such as 2026/],
  ])('%s', (_, text, problem) => {
    expect(parseTime(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
