import { COLOUR, PLAIN, type Style } from '../report/style.ts';
import type { Io } from './io.ts';

/** Colour on a terminal that shows it, unless the user wants none (no-color.org). */
export function styleOf(io: Io): Style {
  return isTerminal(io) && (io.env['NO_COLOR'] ?? '') === '' ? COLOUR : PLAIN;
}

/** Whether standard output is a terminal on which a line can be written over. */
export function isTerminal(io: Io): boolean {
  return io.isTTY && io.env['TERM'] !== 'dumb';
}
