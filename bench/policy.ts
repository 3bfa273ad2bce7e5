import { readFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { median, row } from './measure.ts';
import { gate } from '../src/policy/authority.ts';
import { readPolicies } from '../src/policy/law.ts';
import { loadEngine } from '../src/policy/engine.ts';
import { requestBuilder } from '../src/policy/request.ts';
import { args, call, contract, law, list } from '../src/policy/testing.ts';

/**
 * Policy decisions per second on the shipped packs: our interpreter, the whole gate (request included), and the real engine
 * with parsed policies.
 */

// Without this V8 of Node 20 aborts in long loops of calls into WebAssembly.
setFlagsFromString('--no-turbo-inline-js-wasm-calls');

const files = readdirSync('policies')
  .sort()
  .map((name) => ({ path: `policies/${name}`, text: readFileSync(`policies/${name}`, 'utf8') }));
const LAW = { ...law(), policies: files };
const engine = await loadEngine();
const { set } = readPolicies(LAW, engine);
if (set === undefined) throw new Error('the shipped packs do not load');

const effects = [
  call('mail/send', args({ to: list('a@b.example', 'c@d.example'), subject: 's', body: 'text' })),
  call('payments/transfer', args({ payee: 'X', amount: 12.5, reference: 'r' }), { keyed: true }),
  call('directory/add', args({ name: 'ann', note: 'n' })),
];
const build = requestBuilder(LAW, contract(), 'finance/pay-invoice');
const requests = effects.flatMap((effect) => build(effect)?.request ?? []);
const judge = gate(LAW, set, contract(), 'finance/pay-invoice');
const real = engine.prepare(set.texts);

function pick<T>(items: readonly T[], i: number): T {
  const item = items[i % items.length];
  if (item === undefined) throw new Error('nothing to measure');
  return item;
}

let turn = 0;
const next = (): number => (turn += 1);

console.log(`${set.policies.length} policies, ${requests.length} requests in turn`);
console.log(
  row(
    'our interpreter, decide',
    median(9, 5000, () => void set.decide(pick(requests, next()))),
  ),
);
console.log(
  row(
    'the gate: request and decide',
    median(9, 1000, () => void judge(pick(effects, next()))),
  ),
);
console.log(
  row(
    'cedar-wasm, parsed policies',
    median(9, 200, () => void real(pick(requests, next()))),
  ),
);
