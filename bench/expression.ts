import { createRequire } from 'node:module';
import { concreteEnvironment } from '../src/expression/environment.ts';
import { evaluate } from '../src/expression/evaluate.ts';
import { parseExpression } from '../src/expression/parse.ts';
import type { Json } from '../src/kernel/json.ts';
import { lift } from '../src/value/concrete.ts';
import { label } from '../src/value/label.ts';
import { median, row } from './measure.ts';

/**
 * Evaluations of one expression, ours on labelled values beside the real jq in WebAssembly: once per start, as a program would ask
 * it, and many times in one start, as fast as it can.
 */

const INPUT: Json = {
  payee: 'DE02100100109307118603',
  amount: 120.5,
  approved: true,
  lines: Array.from({ length: 10 }, (_, i) => ({ sku: `s${i}`, price: i * 1.5, count: i % 3 })),
};

const SOURCES = [
  '.payee',
  '$context + {payee: .payee, amount: .amount}',
  '.approved and .amount < 1000',
  '{to: .payee, memo: "pay \\(.amount)"}',
  '.lines | map(.price * .count) | add',
  '[.lines[] | select(.count > 0) | {sku, price}] | sort_by(.price)',
];

const input = lift(INPUT, label(['caller'], ['internal']));
const variables = new Map([['context', lift(INPUT, label(['user']))]]);

interface JqWeb {
  raw(input: string, program: string, flags: readonly string[]): string;
}
const jq = (await createRequire(import.meta.url)('jq-web')) as JqWeb;
const text = JSON.stringify(INPUT);
const MANY = 2_000;

for (const source of SOURCES) {
  const parsed = parseExpression(source);
  if (!parsed.ok) throw new Error(source);
  const expression = parsed.value;
  const ours = median(7, 20_000, () => {
    evaluate(expression, concreteEnvironment(input, 1_000_000, variables));
  });
  const theirs = median(3, 30, () => jq.raw(text, `. as $context | ${source}`, ['-c']));
  const many = median(3, 1, () => {
    jq.raw(text, `. as $context | [range(${MANY}) as $i | ($context | ${source})] | length`, ['-c']);
  });
  process.stdout.write(
    `${row(source, ours)}\n${row('  jq-web, started each time', theirs)}\n${row(`  jq-web, ${MANY} in one start`, many / MANY)}\n`,
  );
}
