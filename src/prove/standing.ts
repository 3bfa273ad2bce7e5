import type { CallEffect } from '../machine/effect.ts';
import type { trustUnder } from '../policy/trust.ts';
import { deepLabel } from '../value/concrete.ts';
import type { Label } from '../value/label.ts';
import type { ObjectValue, Value } from '../value/value.ts';

/** How a call stands to a law, apart from what it sends: who may have chosen it, and what guards it. */

/** What of a label a law cares about. */
interface Level {
  /** Whether somebody untrusted may have chosen it. */
  readonly untrusted: boolean;
  /** Whether somebody untrusted may have picked it among others. */
  readonly picked: boolean;
  /** Of a target: whether the author may have chosen it. */
  readonly authored: boolean;
  readonly secrecy: readonly string[];
}

/** The levels of arguments, by the path of a place; `*` is every item. `deep`: of everything beneath it as well. */
export type Profile = ReadonlyMap<string, Level & { readonly deep: boolean }>;

export interface Standing {
  /** Distinct people who approved this very call. */
  readonly approvers: number;
  /** Another attempt of something that changes the world, without an idempotency key. */
  readonly isRepeatedBlindly: boolean;
  /** Of the decision to make the call: whether somebody untrusted may have made it, and what it reveals. */
  readonly control: Pick<Level, 'untrusted' | 'secrecy'>;
}

type Trust = ReturnType<typeof trustUnder>;

export function standingOf(
  { approved, approvers, attempt, keyed, control }: CallEffect,
  isRead: boolean,
  isUntrusted: Trust,
): Standing {
  return {
    approvers: approved ? Math.max(1, new Set(approvers).size) : 0,
    isRepeatedBlindly: !isRead && attempt > 1 && !keyed,
    control: { untrusted: isUntrusted(control), secrecy: control.secrecy },
  };
}

/** The levels of every part of some arguments; of targets, also whether the author chose them. */
export function profileOf(args: ObjectValue, isTarget: (name: string) => boolean, isUntrusted: Trust): Profile {
  const profile = new Map<string, Level & { readonly deep: boolean }>();
  const visit = (value: Value, path: readonly string[], isTargeted: boolean): void => {
    const put = (label: Label, deep: boolean): void => {
      const key = path.join('/');
      const known = profile.get(key);
      const level = levelOf(label, isUntrusted, isTargeted);
      profile.set(
        key,
        known === undefined ? { ...level, deep } : { ...joined(known, level), deep: known.deep || deep },
      );
    };
    switch (value.kind) {
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
        put(value.label, false);
        return;
      case 'array':
      case 'list':
        put(value.label, false);
        for (const item of value.items) visit(item, [...path, '*'], isTargeted);
        return;
      case 'object':
        put(value.label, false);
        for (const [name, field] of value.fields) visit(field, [...path, token(name)], isTargeted);
        return;
      case 'symbol':
        if (value.members === undefined || value.members.open) {
          put(deepLabel(value), true);
          return;
        }
        put(value.label, false);
        for (const [name, { value: member }] of value.members.known) visit(member, [...path, token(name)], isTargeted);
    }
  };
  for (const [name, field] of args.fields) visit(field, [token(name)], isTarget(name));
  return profile;
}

function token(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1').replace(/^\*$/u, '~2');
}

function levelOf({ direct, control, flat }: Label, isUntrusted: Trust, isTargeted: boolean): Level {
  return {
    untrusted: isUntrusted(direct),
    picked: isUntrusted(control),
    authored: isTargeted && flat.influence.includes('author'),
    secrecy: flat.secrecy,
  };
}

function joined(a: Level, b: Level): Level {
  return {
    untrusted: a.untrusted || b.untrusted,
    picked: a.picked || b.picked,
    authored: a.authored || b.authored,
    secrecy: [...new Set([...a.secrecy, ...b.secrecy])],
  };
}

/** A call as a law looks at it. */
interface Stand {
  readonly standing: Standing;
  readonly labels: Profile;
}

/** In what the first call goes beyond the second, in words; nothing: in nothing. */
export function beyond(call: Stand, bound: Stand): readonly string[] {
  const { standing: own } = call;
  const { standing: other } = bound;
  return [
    ...(own.approvers >= other.approvers
      ? []
      : [
          own.approvers === 0
            ? 'no approval of it, which it had in the release'
            : 'fewer approvers than in the release',
        ]),
    ...(own.isRepeatedBlindly && !other.isRepeatedBlindly ? ['another attempt without a key'] : []),
    ...above({ ...NOBODY, ...own.control }, { ...NOBODY, ...other.control }).map(
      (what) => `the decision to make it ${what}`,
    ),
    ...[...call.labels].flatMap(([path, level]) => higher(path, level, bound.labels)),
  ];
}

function higher(path: string, level: Level & { readonly deep: boolean }, bound: Profile): readonly string[] {
  const others = [...bound].filter(([at, { deep }]) => {
    if (at === path) return true;
    if (deep && path.startsWith(`${at}/`)) return true;
    return level.deep && at.startsWith(`${path}/`);
  });
  // Where the release sends nothing there, nothing was chosen by anybody.
  const all = others.length === 0 ? [NOBODY] : others.map(([, other]) => other);
  const found = new Set(all.flatMap((other) => above(level, other)));
  return [...found].map((what) => `/${path} ${what}`);
}

const NOBODY: Level = { untrusted: false, picked: false, authored: false, secrecy: [] };

function above(level: Level, bound: Level): readonly string[] {
  return [
    ...(level.untrusted && !bound.untrusted ? ['may follow something untrusted'] : []),
    ...(level.picked && !bound.picked ? ['may be picked by something untrusted'] : []),
    ...(level.authored && !bound.authored ? ['may be chosen by the author'] : []),
    ...level.secrecy.filter((tag) => !bound.secrecy.includes(tag)).map((tag) => `may reveal ${tag}`),
  ];
}
