import { align, type Decimal, decimalOf, toNumber } from '../decimal.ts';
import type { Chance } from '../language.ts';
import type { Facts } from './facts.ts';

/** How far from zero or from a bound numbers are looked for where nothing says how far they may go. */
const REACH = 1000n;

/** A number of the facts; `undefined` where none was found. `edgy` prefers the ends of what is allowed. */
export function drawNumber(facts: Facts, chance: Chance, edgy: boolean): number | undefined {
  const { low, high, multiples, isInteger } = facts;
  if (low.value > high.value) return undefined;
  if (multiples.length === 0 && isInteger !== true) return drawReal(facts, chance, edgy);
  const step = multiples.map(decimalOf).reduce(leastCommonMultiple, isInteger === true ? ONE : undefined) ?? ONE;
  const first = Number.isFinite(low.value) ? ceilQuotient(low.value, step, low.open) : undefined;
  const last = Number.isFinite(high.value) ? floorQuotient(high.value, step, high.open) : undefined;
  const from = first ?? (last === undefined || last > 0n ? -REACH : last - REACH);
  const to = last ?? (first === undefined || first < 0n ? REACH : first + REACH);
  if (from > to) return undefined;
  const factor = edgy || chance.below(3) === 0 ? edge(from, to, chance) : inside(from, to, chance);
  return toNumber({ digits: factor * step.digits, exponent: step.exponent });
}

const ONE: Decimal = { digits: 1n, exponent: 0 };

function edge(from: bigint, to: bigint, chance: Chance): bigint {
  const edges = [from, to, from + 1n, to - 1n, 0n, 1n, -1n].filter((it) => it >= from && it <= to);
  return edges[chance.below(edges.length)] ?? from;
}

/** Mostly small numbers, and sometimes any. */
function inside(from: bigint, to: bigint, chance: Chance): bigint {
  const nearest = from > 0n ? from : to < 0n ? to : 0n;
  const span = chance.below(5) === 0 ? to - from + 1n : 20n;
  const offset = BigInt(chance.below(Number(span < 1_000_000_000n ? span : 1_000_000_000n)));
  const factor = chance.below(2) === 0 ? nearest + offset : nearest - offset;
  return factor < from ? from : factor > to ? to : factor;
}

function drawReal({ low, high, isInteger }: Facts, chance: Chance, edgy: boolean): number | undefined {
  const candidates: number[] = [];
  const ends = [low.value, high.value].filter((it) => Number.isFinite(it));
  for (const end of ends) candidates.push(end, end + 1, end - 1, end + 0.5, end - 0.5);
  if (!edgy || ends.length === 0) {
    const base =
      Number.isFinite(low.value) && low.value > 0
        ? low.value
        : Number.isFinite(high.value) && high.value < 0
          ? high.value
          : 0;
    candidates.push(
      base,
      base + chance.below(20),
      base - chance.below(20),
      base + chance.below(200) / 10,
      base - chance.below(200) / 10,
    );
    candidates.push(1, 0.5, 1e-7, 123456.75);
  }
  if (ends.length === 2)
    candidates.push((low.value + high.value) / 2, low.value + ((high.value - low.value) * chance.below(1000)) / 1000);
  else if (low.open || high.open)
    for (const end of ends) candidates.push(end + Math.abs(end) * 1e-9, end - Math.abs(end) * 1e-9);
  const fitting = candidates.filter(
    (it) =>
      (low.open ? it > low.value : it >= low.value) &&
      (high.open ? it < high.value : it <= high.value) &&
      (isInteger !== false || !Number.isInteger(it)),
  );
  return fitting[chance.below(Math.max(1, fitting.length))];
}

function leastCommonMultiple(a: Decimal | undefined, b: Decimal): Decimal {
  if (a === undefined) return b;
  const [x, y, exponent] = align(a, b);
  return { digits: (x / greatestCommonDivisor(x, y)) * y, exponent };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x < 0n ? -x : x;
}

function floorQuotient(value: number, step: Decimal, open: boolean): bigint {
  const [a, b] = align(decimalOf(value), step);
  const quotient = a / b;
  const isExact = a % b === 0n;
  if (isExact) return open ? quotient - 1n : quotient;
  return a < 0n ? quotient - 1n : quotient;
}

function ceilQuotient(value: number, step: Decimal, open: boolean): bigint {
  return -floorQuotient(-value, step, open);
}
