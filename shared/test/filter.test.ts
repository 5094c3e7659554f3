import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../src/index.ts';
import { evaluateFilter, matchesFilter, maximumFilterLength, OverBudget, parseFilter } from '../src/index.ts';

/** An event's data with every kind of value in it. */
const data: JsonValue = {
  status: 'new',
  Status: 'other',
  score: 85,
  zero: 0,
  ratio: -0.5,
  digits: '5',
  empty: '',
  vip: true,
  lost: false,
  note: null,
  tags: ['high-intent', 'dental', 5, null, true],
  none: [],
  caller: { phone: '+15551234', name: 'Zoë', address: { city: 'Brooklyn' } },
  items: [{ price: 10, name: 'a' }, { price: 25, name: 'b' }, { name: 'c' }],
  grid: [
    [1, 2],
    [3, 4],
  ],
  starts_at: '2025-03-21T14:00:00Z',
  'odd key': 1,
  'a.b': 2,
  'it"s': 3,
  not: 4,
  größe: 5,
  'x-y_1': 6,
  emoji: '👩🏽‍🚀',
  line: 'a\nb\\c',
};

function evaluate(text: string, given: JsonValue = data) {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem}`);
  const result = evaluateFilter(parsed.filter, given);
  expect(matchesFilter(parsed.filter, given)).toBe(result.matches);
  return result;
}

describe('true and false', () => {
  test.each<[string, boolean]>([
    // Equality: nothing is converted.
    ['status == "new"', true],
    ["status == 'new'", true],
    ['status == "New"', false],
    ['status != "new"', false],
    ['status != "old"', true],
    ['score == 85', true],
    ['score == 85.0', true],
    ['score == "85"', false],
    ['digits == 5', false],
    ['digits == "5"', true],
    ['zero == false', false],
    ['zero == -0', true],
    ['empty == null', false],
    ['empty == ""', true],
    ['vip == true', true],
    ['vip == "true"', false],
    ['vip == 1', false],
    ['lost == false', true],
    ['ratio == -5e-1', true],
    ['caller == "[object Object]"', false],
    ['caller != null', true],
    ['tags == "high-intent"', false],
    // Null, and what is missing.
    ['note == null', true],
    ['note != null', false],
    ['note == 0', false],
    ['missing == null', true],
    ['missing != null', false],
    ['missing == ""', false],
    ['missing != "x"', true],
    ['missing < 5', false],
    ['missing >= ""', false],
    ['missing contains null', false],
    ['missing starts with ""', false],
    ['missing in [null]', true],
    ['missing in ["x"]', false],
    ['missing exists', false],
    ['note exists', true],
    ['empty exists', true],
    ['status exists', true],
    ['status.deeper exists', false],
    ['note.deeper == null', true],
    // Order: numbers by value, texts by code units, nothing across types.
    ['score > 84', true],
    ['score > 85', false],
    ['score >= 85', true],
    ['score < 85.5', true],
    ['score <= 84', false],
    ['score > "1"', false],
    ['score < "1"', false],
    ['digits > 1', false],
    ['digits < "6"', true],
    ['digits > "10"', true],
    ['status > "Z"', true],
    ['status <= "new"', true],
    ['status >= "new"', true],
    ['status < "new"', false],
    ['status < "newer"', true],
    ['note < 1', false],
    ['note >= 0', false],
    ['vip > 0', false],
    ['tags > 0', false],
    ['caller < "z"', false],
    ['starts_at >= "2025-03-21"', true],
    ['starts_at < "2025-03-21T15"', true],
    ['starts_at < "2025-03-21"', false],
    // Text and lists.
    ['status contains "e"', true],
    ['status contains "E"', false],
    ['status contains ""', true],
    ['digits contains 5', false],
    ['score contains 8', false],
    ['tags contains "dental"', true],
    ['tags contains "dent"', false],
    ['tags contains 5', true],
    ['tags contains "5"', false],
    ['tags contains null', true],
    ['tags contains true', true],
    ['tags contains false', false],
    ['none contains null', false],
    ['caller contains "phone"', false],
    ['caller.phone starts with "+1555"', true],
    ['caller.phone starts with "1555"', false],
    ['caller.phone ends with "34"', true],
    ['caller.phone ends with ""', true],
    ['tags starts with "high"', false],
    ['status in ["old", "new"]', true],
    ['status in ["old"]', false],
    ['score in ["85", 85]', true],
    ['digits in [5]', false],
    ['note in [0, null]', true],
    ['tags in ["dental"]', false],
    // Paths.
    ['caller.address.city == "Brooklyn"', true],
    ['caller["phone"] exists', true],
    ['["caller"].name == "Zoë"', true],
    ['items[0].price == 10', true],
    ['items[1]["price"] == 25', true],
    ['items[3] exists', false],
    ['items.price exists', false],
    ['items.length exists', false],
    ['status[0] exists', false],
    ['status.length exists', false],
    ['caller[0] exists', false],
    ['["0"] exists', false],
    ['items["0"] exists', false],
    ['grid[1][0] == 3', true],
    ['["odd key"] == 1', true],
    ['["a.b"] == 2', true],
    ['a.b == 2', false],
    ["['it\"s'] == 3", true],
    ['["it\\"s"] == 3', true],
    ['["not"] == 4', true],
    ['größe == 5', true],
    ['x-y_1 == 6', true],
    ['constructor exists', false],
    ['__proto__ exists', false],
    ['caller.toString exists', false],
    ['caller.in exists', false],
    // Any element.
    ['items[].price > 20', true],
    ['items[].price > 30', false],
    ['items[].price == null', true],
    ['items[].price != 10', true],
    ['items[].name != "x"', true],
    ['items[].name == "c"', true],
    ['items[].name in ["b"]', true],
    ['items[].price exists', true],
    ['items[].missing exists', false],
    ['items[] exists', true],
    ['none[] exists', false],
    ['none[] == null', false],
    ['none[] != 1', false],
    ['status[] exists', false],
    ['missing[] == null', false],
    ['caller[] exists', false],
    ['tags[] starts with "high"', true],
    ['grid[][] == 4', true],
    ['grid[][] == 5', false],
    ['grid[][1] == 4', true],
    ['grid[1][] == 2', false],
    // Together.
    ['status == "new" and score > 80', true],
    ['status == "new" and score > 90', false],
    ['status == "old" or score > 80', true],
    ['status == "old" or score > 90', false],
    ['status == "new" or status == "old" and score > 90', true],
    ['(status == "new" or status == "old") and score > 90', false],
    ['not status == "new"', false],
    ['not status == "old" and score > 90', false],
    ['not (status == "old" and score > 90)', true],
    ['not not vip == true', true],
    ['not items[].price == 10', false],
    ['not missing exists', true],
    ['((((status == "new"))))', true],
    // Spaces, quotes and escapes.
    ['  status=="new"and(score>80)  ', true],
    ['status\n ==\r\n\t"new"', true],
    ["caller . phone starts with '+'", true],
    ['items [ 0 ] . price == 10', true],
    ['caller.name == "Zo\\u00eb"', true],
    ['emoji == "👩🏽‍🚀"', true],
    ['emoji starts with "\\ud83d"', true],
    ['line == "a\\nb\\\\c"', true],
    ["line contains '\\n'", true],
    ['["it\\u0022s"] == 3', true],
    ["status == '\\'new\\''", false],
    ['status == "\\/\\b\\f\\r\\t"', false],
  ])('%s: %s', (text, expected) => {
    expect(evaluate(text).matches).toBe(expected);
  });

  test.each<[JsonValue]>([[null], ['text'], [5], [[]], [[{ status: 'new' }]]])(
    'data that is %j and no object has no fields',
    (given) => {
      expect(evaluate('status exists', given).matches).toBe(false);
      expect(evaluate('status == null', given).matches).toBe(true);
    },
  );
});

describe('invalid filters', () => {
  test.each<[string, number, RegExp]>([
    ['', 1, /^expected a field such as status at character 1$/],
    ['   ', 4, /expected a field/],
    ['status', 7, /expected a comparison such as == "new"/],
    ['status ==', 10, /^expected a value after == at character 10$/],
    ['status == and', 11, /expected a value after ==/],
    ['status == new', 11, /^expected a value after == at character 11; put text in quotes: "new"$/],
    ['status = "new"', 8, /must compare with ==/],
    ['status === "new"', 10, /must compare with ==/],
    ['status == “new”', 11, /straight quotes/],
    ['status == "new', 11, /close the text with the quote/],
    ["status == 'it's'", 15, /expected "and", "or" or the end/],
    ['status == "a" && vip == true', 15, /conditions with "and"/],
    ['status == "a" || vip == true', 15, /conditions with "or"/],
    ['!vip == true', 1, /negate with "not"/],
    ['status == "a" AND vip == true', 15, /write "and" in lower case/],
    ['status IN ["a"]', 8, /write "in" in lower case/],
    ['status == "a" vip == true', 15, /expected "and", "or" or the end/],
    ['status == "a" and', 18, /expected a field/],
    ['and status == "a"', 1, /write a field named and as \["and"\]/],
    ['status == "a" or or vip == true', 18, /expected a field/],
    ['"new" == status', 1, /expected a field/],
    ['5 < score', 1, /expected a field/],
    ['(status == "a"', 15, /expected "and", "or" or \)/],
    ['status == "a")', 14, /expected "and", "or" or the end/],
    ['()', 2, /expected a field/],
    ['score + 1 > 2', 7, /must not use arithmetic/],
    ['name =~ /x/', 6, /must compare with ==/],
    ['score > true', 9, /expected a number or text after >/],
    ['score <= null', 10, /expected a number or text after <=/],
    ['score > other', 9, /expected a value after >/],
    ['name starts "a"', 13, /expected "with" after "starts"/],
    ['name starts with 5', 18, /expected text in quotes after starts with/],
    ['name ends with null', 16, /expected text in quotes after ends with/],
    ['status in "a"', 11, /expected a list such as/],
    ['status in []', 12, /expected a value in the list/],
    ['status in ["a",]', 16, /expected a value after the comma/],
    ['status in ["a" "b"]', 16, /expected a comma or \]/],
    ['status in ["a"', 15, /expected a comma or \]/],
    ['status not in ["a"]', 8, /put "not" before the field/],
    ['status contains [1]', 17, /expected a value after contains/],
    ['status == {"a": 1}', 11, /must not use braces/],
    ['a..b == 1', 3, /a field name after the dot/],
    ['a. == 1', 4, /a field name after the dot/],
    ['a.0 == 1', 3, /write a list element as \[0\]/],
    ['a[-1] == 1', 3, /an index such as 0/],
    ['a[1.5] == 1', 3, /an index such as 0/],
    ['a[b] == 1', 3, /an index such as 0/],
    ['a[1 == 1', 5, /expected \] after \[1/],
    ['a[1234567890] == 1', 3, /an index such as 0/],
    ['a == 01', 6, /cannot read 01 as a number/],
    ['a == 1.', 6, /cannot read 1\. as a number/],
    ['a == .5', 6, /expected a value after ==/],
    ['a == +5', 6, /must not use arithmetic/],
    ['a == 2025-03-20', 6, /cannot read 2025-03-20 as a number at character 6; put text in quotes/],
    ['a == 1e999', 6, /cannot represent 1e999 exactly/],
    ['a == 9007199254740993', 6, /cannot represent 9007199254740993 exactly/],
    ['a == "\\q"', 7, /an escape that JSON does not have/],
    ['a == "x\\\\\\u12"', 10, /an escape that JSON does not have/],
    ['a == "x\ny"', 8, /a control character/],
    ['a == "\ud800"', 7, /half a surrogate pair/],
    ['a\u0000 == 1', 2, /must not contain this character/],
    ['odd key == 1', 5, /expected a comparison/],
    ['état civil == 1', 6, /expected a comparison/],
    ['👍 == 1', 1, /write a field with an odd name as \["odd name"\]/],
    ['x == 1 # why', 8, /must not contain this character/],
  ])('%j, at character %i', (text, position, says) => {
    const parsed = parseFilter(text);
    expect(parsed).toEqual({ ok: false, position, problem: expect.stringMatching(says) });
    expect(parsed).toMatchObject({ problem: expect.stringContaining(` at character ${position}`) });
  });

  test.each<[string, (size: number) => string, number]>([
    ['parentheses', (size) => `${'('.repeat(size)}a == 1${')'.repeat(size)}`, 20],
    ['not', (size) => `${'not '.repeat(size)}a == 1`, 20],
    ['conditions', (size) => Array(size).fill('a==1').join(' and '), 50],
    ['characters', (size) => `a == "${'x'.repeat(size - 7)}"`, maximumFilterLength],
  ])('too many %s: the maximum works, one more does not', (_, make, most) => {
    expect(parseFilter(make(most))).toMatchObject({ ok: true });
    expect(parseFilter(make(most + 1))).toEqual({
      ok: false,
      position: expect.any(Number),
      problem: expect.stringContaining(`at most ${most}`),
    });
  });
});

describe('the explanation names what decided', () => {
  test.each<[string, string]>([
    ['score >= 1000', '`score >= 1000` is false: score is 85'],
    ['status=="new"', '`status == "new"` is true: status is "new"'],
    ['digits == 5', '`digits == 5` is false: digits is "5"'],
    ['phone exists', '`phone exists` is false: phone is missing'],
    ['note != null', '`note != null` is false: note is null'],
    ['status in ["a", "b"]', '`status in ["a", "b"]` is false: status is "new"'],
    ['caller == 1', '`caller == 1` is false: caller is an object'],
    ['tags contains "x"', '`tags contains "x"` is false: tags is a list of 5'],
    ['["odd key"] > 1', '`["odd key"] > 1` is false: ["odd key"] is 1'],
    ['status == "new" and score > 90 and vip == true', '`score > 90` is false: score is 85'],
    ['score > 90 or vip == true or lost == true', '`vip == true` is true: vip is true'],
    ['status == "new" and score > 80', '`status == "new"` is true: status is "new"; `score > 80` is true: score is 85'],
    [
      'a == 1 or b == 1 or c == 1 or d == 1 or e == 1',
      '`a == 1` is false: a is missing; `b == 1` is false: b is missing; `c == 1` is false: c is missing; and 2 more',
    ],
    ['not status == "new"', '`not status == "new"` is false, because `status == "new"` is true: status is "new"'],
    [
      'not (score > 90 or vip == true)',
      '`not (score > 90 or vip == true)` is false, because `vip == true` is true: vip is true',
    ],
    ['items[].price > 20', '`items[].price > 20` is true: items[1].price is 25'],
    ['grid[][] == 3', '`grid[][] == 3` is true: grid[1][0] is 3'],
    ['items[].price > 30', '`items[].price > 30` is false: none of 3 values match'],
    ['none[].price > 30', '`none[].price > 30` is false: none[].price has no values'],
    ['grid[0][1] == 3', '`grid[0][1] == 3` is false: grid[0][1] is 2'],
  ])('%s', (text, explanation) => {
    expect(evaluate(text).explanation).toBe(explanation);
  });

  test('the only element', () => {
    expect(evaluate('tags[] == "b"', { tags: ['a'] }).explanation).toBe(
      '`tags[] == "b"` is false: the only value is "a"',
    );
  });

  test('long values are shortened, without cutting characters in half', () => {
    const { explanation } = evaluate('summary == "no"', { summary: `${'x'.repeat(39)}😀 and more` });
    expect(explanation).toBe(`\`summary == "no"\` is false: summary is "${'x'.repeat(39)}…"`);
    const long = evaluate(`a == "${'y'.repeat(900)}"`, { a: 'z'.repeat(5000) }).explanation;
    expect(long.length).toBeLessThan(200);
  });

  test.each<[string, JsonValue]>([
    ['api_key == "k3y"', { api_key: 'k3y-of-somebody' }],
    ['login.password contains "k3y"', { login: { password: 'k3y-of-somebody' } }],
    ['accessToken starts with "k3y"', { accessToken: 'k3y-of-somebody' }],
    ['secrets[].value == "k3y"', { secrets: [{ value: 'k3y-of-somebody' }] }],
    ['header in ["Bearer k3y"]', { header: 'Bearer k3y-of-somebody' }],
    ['note == "x"', { note: 'sk_live_k3y-of-somebody' }],
  ])('%s: what looks like a secret is hidden', (text, given) => {
    const { explanation } = evaluate(text, given);
    expect(explanation).toContain('"…"');
    expect(explanation).not.toContain('k3y');
  });

  test('is never longer than 1,000 characters', () => {
    const name = 'n'.repeat(40);
    const text = `${'not '.repeat(19)}(${Array.from({ length: 15 }, (_, index) => `${name}${index} == 1`).join(' or ')})`;
    const { explanation } = evaluate(text, {});
    expect(explanation.length).toBe(1000);
  });
});

describe('it is fast', () => {
  /** Of this thread's CPU: whatever else the machine does, it takes no longer. */
  const milliseconds = (act: () => void) => {
    const before = process.threadCpuUsage();
    act();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };

  test.each([
    '('.repeat(1000),
    'not '.repeat(250),
    '['.repeat(1000),
    `a${'.a'.repeat(490)} == 1`,
    `a${'[]'.repeat(490)} == 1`,
    `a == "${'\\\\'.repeat(490)}`,
    `a == "${'\\'.repeat(993)}`,
    `a in [${'1,'.repeat(480)}1]`,
    Array(83).fill('a == 1').join(' or '),
    '"'.repeat(1000),
    'x'.repeat(1000),
    '9'.repeat(1000),
  ])('to read %.30s…', (text) => {
    expect(milliseconds(() => parseFilter(text))).toBeLessThan(100);
  });

  test('to search for a missing value: every condition on every element of a million', () => {
    const list = Array.from({ length: 1_000_000 }, (_, index) => index);
    const text = Array.from({ length: 50 }, (_, index) => `l[]==-${index + 1}`).join(' or ');
    const parsed = parseFilter(text);
    if (!parsed.ok) throw new Error(parsed.problem);
    // 50 million comparisons: seconds at worst; anything that grows faster than that takes hours.
    const budget = { left: Number.POSITIVE_INFINITY };
    expect(milliseconds(() => matchesFilter(parsed.filter, { l: list }, budget))).toBeLessThan(10_000);
  });

  test('or else ends early: the filter counts as satisfied and says why', () => {
    const list = Array.from({ length: 300_000 }, (_, index) => index);
    const parsed = parseFilter('l[] == -1');
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(evaluateFilter(parsed.filter, { l: list })).toEqual({
      matches: true,
      explanation: expect.stringContaining('too many values for its filters, so this one counts as satisfied'),
    });
    expect(() => matchesFilter(parsed.filter, { l: list })).toThrow(OverBudget);
  });

  test('nested wildcards visit every element once', () => {
    let deep: JsonValue = [1, 2];
    for (let level = 0; level < 15; level += 1) deep = [deep, deep];
    const { explanation } = evaluate(`l${'[]'.repeat(16)} == 3`, { l: deep });
    expect(explanation).toContain(`none of ${2 ** 16} values`);
  });

  test('data nested a thousand levels deep is fine', () => {
    let deep: JsonValue = 1;
    for (let level = 0; level < 1000; level += 1) deep = [deep];
    expect(evaluate(`l${'[]'.repeat(490)} exists`, { l: deep }).matches).toBe(true);
  });
});
