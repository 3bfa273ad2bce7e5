/**
 * Whether a decimal literal is the shortest or an equal decimal of the double it denotes: nothing is lost by rounding
 * beyond what every reader of the double would write. `0.1` is; 17 digits that a double drops are not.
 */
export function isExactLiteral(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && decimal(text) === decimal(String(value));
}

/** Significant digits and exponent, without zeros at either end. */
function decimal(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/u, '');
  const significant = digits.replace(/0+$/u, '');
  if (significant === '') return '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
