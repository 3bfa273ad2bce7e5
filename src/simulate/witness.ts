import type { Witness } from '../kernel/finding.ts';
import { isObject, type Json, type JsonObject, member } from '../kernel/json.ts';
import type { Result } from '../kernel/result.ts';
import { err, ok } from '../kernel/result.ts';
import type { RuleId } from '../kernel/rules.ts';
import type { World } from './model.ts';
import { repliesFromJson, replyToJson } from './reply.ts';

/** A world as a witness of `rule` (FORMATS, "Witness"). */
export function toWitness(
  rule: RuleId,
  subject: Witness['subject'],
  law: string,
  world: World,
  other?: World,
): Witness {
  return {
    format: 'proofmark-witness/1',
    rule,
    subject,
    law,
    ...worldToJson(world),
    ...(other === undefined ? {} : { other: worldToJson(other) }),
  };
}

/** A world as plain data: input, replies by task pointer, and choices. */
export function worldToJson(world: World): Pick<Witness, 'input' | 'replies' | 'choices'> {
  return {
    input: world.input,
    replies: Object.fromEntries([...world.replies].map(([at, replies]) => [at, replies.map(replyToJson)])),
    choices: Object.fromEntries(world.choices),
  };
}

/** A witness file as data; the error says what is wrong with it. `rule` is not checked to be a rule of ours. */
export function parseWitness(
  json: Json,
): Result<{ readonly witness: Witness; readonly world: World; readonly other?: World }, string> {
  if (!isObject(json)) return err('a witness is a JSON object');
  const expected = ['choices', 'format', 'input', 'law', 'replies', 'rule', 'subject'];
  const keys = Object.keys(json).filter((key) => key !== 'other');
  if (keys.toSorted().join() !== expected.join())
    return err(`a witness has exactly the members ${expected.join(', ')}`);
  if (member(json, 'format') !== 'proofmark-witness/1') return err('the format is not proofmark-witness/1');
  const { rule, subject, law } = json;
  if (typeof rule !== 'string' || typeof law !== 'string') return err('rule and law are strings');
  if (!isObject(subject)) return err('subject is an object');
  const { name, version, digest } = subject;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof digest !== 'string') {
    return err('subject has the strings name, version and digest');
  }
  const world = worldFromJson(json);
  if (!world.ok) return world;
  const compared = member(json, 'other');
  const other = compared === undefined ? undefined : otherFromJson(compared);
  if (other?.ok === false) return other;
  const witness = toWitness(rule as RuleId, { name, version, digest }, law, world.value, other?.value);
  return ok({ witness, world: world.value, ...(other === undefined ? {} : { other: other.value }) });
}

function otherFromJson(json: Json): Result<World, string> {
  if (!isObject(json) || Object.keys(json).toSorted().join() !== 'choices,input,replies')
    return err('other has exactly the members choices, input, replies');
  return worldFromJson(json);
}

function worldFromJson(json: JsonObject): Result<World, string> {
  const { input, replies, choices } = json;
  if (input === undefined || replies === undefined || !isObject(choices ?? null)) return err('choices is an object');
  const parsed = repliesFromJson(replies);
  if (parsed === undefined) return err('replies are lists of replies by task pointer');
  const picked = new Map<string, string>();
  for (const [at, branch] of Object.entries(choices ?? {})) {
    if (typeof branch !== 'string') return err('a choice is the name of a branch');
    picked.set(at, branch);
  }
  return ok({ input, replies: parsed, choices: picked });
}
