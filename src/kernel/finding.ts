import type { Json, JsonObject } from './json.ts';
import type { Place } from './place.ts';
import type { RuleData, RuleId } from './rules.ts';

/** `error` fails the run; `warning` is shown and does not. */
export type Severity = 'error' | 'warning';

/** How sure the rule is: `certain` has a proof or a witness that replays, `likely` is a heuristic. */
export type Confidence = 'certain' | 'likely';

/**
 * The data that shows a breach and replays it (FORMATS, "Witness"). Replies are listed per task pointer, in order of
 * execution; a pointer inside a callee is `/do/3/run#/do/0/x`.
 */
export interface Witness {
  readonly format: 'proofmark-witness/1';
  readonly rule: RuleId;
  readonly subject: { readonly name: string; readonly version: string; readonly digest: string };
  readonly law: string;
  readonly input: Json;
  readonly replies: { readonly [pointer: string]: readonly JsonObject[] };
  readonly choices: { readonly [pointer: string]: Json };
  /** The run that this one is compared with: before a restart, without the fault, or with one other value. */
  readonly other?: Pick<Witness, 'input' | 'replies' | 'choices'>;
}

interface FindingOf<R extends RuleId> {
  readonly rule: R;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly place: Place;
  /** What the rule's sentence needs; attacker's text, so encoded wherever it is shown. */
  readonly data: RuleData[R];
  readonly witness?: Witness;
}

/** One breach of one rule at one place: data, not prose. The sentence and the remedy live in the rule. */
export type Finding = { readonly [R in RuleId]: FindingOf<R> }[RuleId];

/** A finding of severity error. `confidence` is `certain` unless given. */
export function finding<R extends RuleId>(
  rule: R,
  place: Place,
  data: RuleData[R],
  more: { readonly severity?: Severity; readonly confidence?: Confidence; readonly witness?: Witness } = {},
): Finding {
  const { severity = 'error', confidence = 'certain', witness } = more;
  // The mapped union above is FindingOf<R> for each R; TypeScript cannot see that of a generic R.
  return {
    rule,
    severity,
    confidence,
    place,
    data,
    ...(witness === undefined ? {} : { witness }),
  } as unknown as Finding;
}
