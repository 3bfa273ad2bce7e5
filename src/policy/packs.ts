import type { Finding } from '../kernel/finding.ts';
import { finding } from '../kernel/finding.ts';
import type { Json } from '../kernel/json.ts';
import { isObject } from '../kernel/json.ts';
import { child, pointerOf } from '../kernel/pointer.ts';
import type { StoreConfig } from '../store/model.ts';
import type { CedarValue, RecordValue } from './model.ts';
import { long, record } from './values.ts';

/**
 * Parameters of the shipped packs: what store.yaml may set under `packs`, each a whole number. Policies read them as
 * `context.packs.<pack>.<parameter>`; one that is not set is absent, and the policy that reads it says what then holds.
 */
export const PACK_PARAMETERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['payment', new Set(['secondApproverAbove', 'totalAtMost'])],
  ['identity', new Set(['approversAtLeast'])],
  ['control', new Set(['approversAtLeast'])],
  ['message', new Set(['mostPerRun'])],
]);

const PACKS = pointerOf('/packs');

/** The parameters of a store as a Cedar record; what {@link checkPacks} finds fault with is left out. */
export function packParameters(config: StoreConfig): RecordValue {
  const packs: [string, RecordValue][] = [];
  for (const [pack, parameters] of PACK_PARAMETERS) {
    const given = config.packs[pack];
    const fields: [string, CedarValue][] = [];
    for (const name of parameters) {
      const value =
        Object.hasOwn(config.packs, pack) && isObject(given) && Object.hasOwn(given, name) ? given[name] : undefined;
      if (isParameter(value)) fields.push([name, long(value)]);
    }
    packs.push([pack, record(fields)]);
  }
  return record(packs);
}

/** Packs and parameters that do not exist, and values that are no whole number from 0. */
export function checkPacks(config: StoreConfig): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [pack, given] of Object.entries(config.packs)) {
    const at = child(PACKS, pack);
    const parameters = PACK_PARAMETERS.get(pack);
    if (parameters === undefined) {
      findings.push(finding('structure/unknown-key', config.locate(at), { key: pack, suggestion: null }));
    } else if (!isObject(given)) {
      findings.push(finding('structure/wrong-type', config.locate(at), { expected: 'an object', found: typeof given }));
    } else {
      for (const [name, value] of Object.entries(given)) {
        const place = config.locate(child(at, name));
        if (!parameters.has(name))
          findings.push(finding('structure/unknown-key', place, { key: name, suggestion: null }));
        else if (!isParameter(value))
          findings.push(finding('structure/invalid-value', place, { detail: 'not a whole number from 0' }));
      }
    }
  }
  return findings;
}

function isParameter(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
