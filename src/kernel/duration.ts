const UNITS = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 } as const;

/** The form of a duration; a group for each unit. */
export const ISO =
  /^P(?!$)(?:(\d{1,9}(?:\.\d{1,9})?)W)?(?:(\d{1,9}(?:\.\d{1,9})?)D)?(?:T(?=\d)(?:(\d{1,9}(?:\.\d{1,9})?)H)?(?:(\d{1,9}(?:\.\d{1,9})?)M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/;

/** The longest duration that anything may ask for: ten years. */
export const LONGEST_DURATION = 3650 * UNITS.D;

/**
 * Milliseconds of an ISO 8601 duration, or why it is none. A day is 24 hours and a week seven days; years and months are
 * refused, because how long they are depends on a calendar.
 */
export function parseDuration(text: string): { readonly milliseconds: number } | { readonly problem: string } {
  if (/^P[^T]*\d[YM]/.test(text)) return { problem: 'years and months depend on a calendar: use days' };
  const match = ISO.exec(text);
  if (match === null) {
    return { problem: 'not an ISO 8601 duration such as PT30S, PT1H or P1D' };
  }
  const [, weeks, days, hours, minutes, seconds] = match;
  const amounts: readonly [string | undefined, number][] = [
    [weeks, UNITS.W],
    [days, UNITS.D],
    [hours, UNITS.H],
    [minutes, UNITS.M],
    [seconds, UNITS.S],
  ];
  const milliseconds = amounts.reduce(
    (sum, [amount, unit]) => sum + (amount === undefined ? 0 : Number(amount) * unit),
    0,
  );
  const rounded = Math.round(milliseconds);
  return rounded > LONGEST_DURATION ? { problem: 'longer than ten years' } : { milliseconds: rounded };
}

/** An ISO 8601 duration of whole milliseconds, as short as it can be: `PT1H30M`, `PT0S`. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  const take = (unit: number, letter: string): string => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count === 0 ? '' : `${count}${letter}`;
  };
  const day = take(UNITS.D, 'D');
  const clock = take(UNITS.H, 'H') + take(UNITS.M, 'M');
  const seconds = rest === 0 ? '' : `${rest / UNITS.S}S`;
  const time = clock + seconds;
  if (day === '' && time === '') return 'PT0S';
  return `P${day}${time === '' ? '' : `T${time}`}`;
}
