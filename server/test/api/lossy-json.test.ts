import { describe, expect, test } from 'vitest';
import type { LossyField } from '../../src/api/lossy-json.ts';
import { scanJson } from '../../src/api/lossy-json.ts';

/** The fields of a body with this as `data.amount`. */
function lossyFields(text: string, list?: string): readonly LossyField[] {
  const bounds = { values: 1e6, list: list === undefined ? undefined : { name: list, itemBytes: 1e6 } };
  return scanJson(text, bounds).lossy;
}

function inEvent(value: string): string[] {
  return lossyFields(`{"type":"paid","data":{"items":[1,{"amount":2}],"amount":${value}}}`).map(({ field }) => field);
}

const amount = ['data.amount'];

describe('a number that every reader keeps is taken', () => {
  test.each([
    ['0', '-0', '-0.0', '0e999999999', '0.000'],
    [
      '1.10',
      '1.1',
      '11e-1',
      '0.1',
      '0.10000000000000001',
      '1.7000000000000000e+3',
      '19.99',
      '0.30000000000000004',
      '1.0',
      '100000000000000000000.0',
    ],
    ['1e21', '1E+21', '1000000000000000000000', '12345678901234567000', '123e5', '5e-324', '1.7976931348623157e308'],
    ['9007199254740991', '-9007199254740991', '123456789012345', '0.0000001'],
    ['1e-1', `0.${'0'.repeat(100_000)}1e100000`, `1${'0'.repeat(20)}.${'0'.repeat(100_000)}`],
  ])('%s …', (...numbers) => {
    for (const number of numbers) expect(inEvent(number), number.slice(0, 40)).toEqual([]);
  });
});

describe('a number that becomes another is found', () => {
  test.each([
    ['9007199254740993', '-9007199254740993', '9123456789654321', '1152921504606846976'],
    [
      '9007199254740993.5',
      '1.234567890123456789',
      '123456789012345678.25',
      '1234567890123456789.0',
      '0.1000000000000000055',
    ],
    ['1e400', '1E+400', '-1e400', '1e-400', '1e99999999999999999999'],
    ['-1e-400', `1${'0'.repeat(100_000)}`, '9'.repeat(2000), `0.1${'0'.repeat(100_000)}1`],
  ])('%s …', (...numbers) => {
    for (const number of numbers) expect(inEvent(number), number.slice(0, 40)).toEqual(amount);
  });

  test('with what it becomes, and what to do', () => {
    const [error] = lossyFields('{"a":1.234567890123456789}');
    expect(error?.message).toBe(
      'is 1.234567890123456789, which JSON readers change to 1.2345678901234567; send it as a string',
    );
  });

  test('digits in texts and names are no numbers', () => {
    expect(lossyFields('{"9007199254740993":"9007199254740993","\\"":"\\\\","1e400":["\\"1e400"]}')).toEqual([]);
  });

  test('wherever it is', () => {
    const body =
      '[{"a":{"b":[[],[{}, 1, 1e400]]}}, {"c\\"d":1e400, "":{"":1e400}}, 1e400, "x", {"x":[{},"y"],"z":1e400}]';
    const fields = lossyFields(body).map(({ field }) => field);
    expect(fields).toEqual(['0.a.b.1.2', '1.c"d', '1..', '2', '4.z']);
    expect(lossyFields('1e400')).toMatchObject([{ field: '' }]);
  });
});

describe('half of a surrogate pair', () => {
  test.each([
    ['"\\ud83d"', amount],
    ['"\\uDE00\\uD83D"', amount],
    ['"a\\ude00b"', amount],
    ['["x",{"y":"\\ud83d\\ude00 \\ud83d"}]', ['data.amount.1.y']],
    ['{"name \\ud83d":1}', ['data.amount.name \ufffd']],
  ])('%s is found', (value, fields) => {
    expect(inEvent(value)).toEqual(fields);
  });

  test.each(['"\\ud83d\\ude00"', '"😀"', '"\\\\ud83d"', '"\\\\\\"ud83d"', '{"\\ud83d\\ude00":"\\u00e9"}'])(
    '%s is not',
    (value) => {
      expect(inEvent(value)).toEqual([]);
    },
  );
});

describe('of a hostile body', () => {
  test('as much is told as helps to correct it', () => {
    const fields = lossyFields(`{"a":[${'1e400,'.repeat(300_000)}0]}`).map(({ field }) => field);
    expect(fields).toEqual(Array.from({ length: 10 }, (_, index) => `a.${index}`));
  });

  test('every event of a batch is told of, and no more than a batch can have', () => {
    const body = `{"partial":1e400,"events":[${`{"data":[${Array(11).fill('1e400')}]},`.repeat(5000)}0]}`;
    const events = lossyFields(body, 'events').map(({ field }) => field.split('.').slice(0, 2).join('.'));
    expect(events.filter((field) => field === 'events.999')).toHaveLength(10);
    expect(events).toHaveLength(1000 * 10 + 10);
  });

  test('a name of a megabyte is cut', () => {
    expect(lossyFields(`{"${'x'.repeat(1e6)}":1e400}`)[0]?.field).toBe(`${'x'.repeat(39)}…`);
  });
});
