import { isObject, type Json, member } from '../kernel/json.ts';
import { type Pointer, tokensOf } from '../kernel/pointer.ts';
import type { Contract, Law, Tool, WorkflowName } from '../store/model.ts';
import { deepLabel } from '../value/concrete.ts';
import {
  deciding,
  flatten,
  joinMarks,
  label,
  labelFrom,
  type Label,
  marks,
  type Marks,
  type Origin,
} from '../value/label.ts';
import type { Labelling, Value } from '../value/value.ts';

/** The labels that enter with data from outside (FORMATS, "Labels", the table). */

/** What is known of an input pointer and of everything beneath it. */
interface InputRule {
  readonly id: number;
  /** Tokens of the pointer; `*` is every item. */
  readonly tokens: readonly string[];
  readonly trust: boolean;
  readonly secrecy: readonly string[];
}

/**
 * The labels of a workflow's input: chosen by the user where store.yaml trusts the pointer, else by the caller; with the
 * secrecy of store.yaml and of the contract joined. A pointer covers everything beneath it.
 */
export function inputLabelling(
  law: Pick<Law, 'config'>,
  contract: Pick<Contract, 'labels'>,
  workflow: WorkflowName,
): Labelling {
  const rules: InputRule[] = [];
  const add = (pointer: Pointer, trust: boolean, secrecy: readonly string[]): void => {
    rules.push({ id: rules.length, tokens: tokensOf(pointer) ?? [], trust, secrecy });
  };
  for (const entry of law.config.inputs) {
    if (!matchesName(entry.workflow, workflow)) continue;
    for (const pointer of entry.pointers) {
      add(pointer, entry.trust, entry.secrecy);
    }
  }
  for (const [pointer, { secrecy }] of contract.labels.input) {
    add(pointer, false, secrecy);
  }
  const known = new Map<string, Label>();
  return (path) => {
    const matching = rules.filter((rule) => covers(rule.tokens, path));
    const key = matching.map(({ id }) => id).join();
    let made = known.get(key);
    if (made === undefined) {
      const who = matching.some(({ trust }) => trust) ? 'user' : 'caller';
      made = label(
        [who],
        matching.flatMap(({ secrecy }) => secrecy),
      );
      known.set(key, made);
    }
    return made;
  };
}

function covers(tokens: readonly string[], path: readonly string[]): boolean {
  return (
    tokens.length <= path.length &&
    tokens.every((token, i) => token === path[i] || (token === '*' && /^\d+$/u.test(path[i] ?? '')))
  );
}

/** `finance/*` and `*` match by whole parts; anything else is one name. */
function matchesName(pattern: string, name: WorkflowName): boolean {
  if (pattern === '*') return true;
  const wanted = pattern.split('/');
  const parts = name.split('/');
  return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i]);
}

/** What a decision on `value`, wherever in it, carries. */
export function decidingDeep(value: Value): Marks {
  return deciding(deepLabel(value));
}

/** The `control` of every node of `value`, joined: what a call adds to its own (FORMATS, "Labels"). */
export function controlOf(value: Value): Marks {
  return deepLabel(value).control;
}

const ORIGINS = new WeakMap<Tool, Marks>();

/** What a tool itself adds to its replies. */
function originOf(tool: Tool): Marks {
  const known = ORIGINS.get(tool);
  if (known !== undefined) return known;
  const origin: Origin = `tool:${tool.id}`;
  const made = marks([origin], tool.returns.secrecy);
  ORIGINS.set(tool, made);
  return made;
}

/** Of a tool's reply and of its error text: the tool, what it returns, its arguments and the decision to call it. */
export function toolReplyLabel(tool: Tool, args: Value, decision: Marks): Label {
  return labelFrom(joinMarks(originOf(tool), joinMarks(chosenBy(args, tool.input), decision)));
}

/**
 * Who chose arguments, and what they reveal. Which declared members there are, and how many items, is no content of the
 * author's: a literal that only puts other values into their places adds nothing.
 */
function chosenBy(value: Value, schema: Json | undefined): Marks {
  const own = flatten(value.label);
  switch (value.kind) {
    case 'array': {
      const items = isObject(schema) ? member(schema, 'items') : undefined;
      let all = value.items.length === 0 ? own : deciding(value.label);
      for (const item of value.items) all = joinMarks(all, chosenBy(item, items));
      return all;
    }
    case 'object': {
      const properties = isObject(schema) ? member(schema, 'properties') : undefined;
      const declared = isObject(properties) ? properties : {};
      const isPlain =
        value.fields.size > 0 && [...value.fields.keys()].every((name) => member(declared, name) !== undefined);
      let all = isPlain ? deciding(value.label) : own;
      for (const [name, field] of value.fields) all = joinMarks(all, chosenBy(field, member(declared, name)));
      return all;
    }
    // Whether it holds only what is declared, and anything at all, is not known.
    case 'symbol':
    case 'list':
      return flatten(deepLabel(value));
    default:
      return own;
  }
}

const MODEL = marks(['model']);

/** Of a model's reply: the model, its data and the decision to ask. Instructions are literal: they add nothing. */
export function inferReplyLabel(data: Value, decision: Marks): Label {
  return labelFrom(joinMarks(MODEL, joinMarks(flatten(deepLabel(data)), decision)));
}

/** Of a person's answer: the user chose it, having seen the arguments. */
export function approveReplyLabel(args: Value, decision: Marks): Label {
  return label(['user'], joinMarks(flatten(deepLabel(args)), decision).secrecy);
}
