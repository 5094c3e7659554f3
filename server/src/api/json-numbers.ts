/** As JavaScript writes it or, with 17 digits, as C, PHP and the .NET Framework can: both are the same number to a reader. */
export function isSpellingOf(source: string, value: number): boolean {
  const decimal = decimalOf(source);
  return decimal === decimalOf(String(value)) || decimal === decimalOf(value.toPrecision(17));
}

/** A number's value in one spelling: `1.10`, `11e-1` and `1.1` are `11e-1`; undefined for Infinity. */
function decimalOf(source: string): string | undefined {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  if (digits === 'infinity') return undefined;
  let [first, end] = [0, digits.length];
  while (digits[first] === '0') first += 1;
  while (end > first && digits[end - 1] === '0') end -= 1;
  if (first === end) return '0';
  const power = Number(exponent) - fraction.length + digits.length - end;
  return `${mantissa.startsWith('-') ? '-' : ''}${digits.slice(first, end)}e${power}`;
}
