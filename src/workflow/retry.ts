import type { Json } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { Duration, Retry, Source } from './model.ts';
import { invalid, readDuration, readObject, required, unsupported, wrongType } from './reader.ts';
import { readExpression } from './template.ts';

/** A retry policy, inline or in `use.retries`. */
export function readRetry(value: Json, at: Pointer, reporter: Reporter): Retry | undefined {
  const before = reporter.count;
  const fields = readObject(value, at, ['when', 'exceptWhen', 'delay', 'backoff', 'limit', 'jitter'], reporter);
  if (fields === undefined) return undefined;
  const get = <T>(
    key: string,
    read: (value: Json, at: Pointer, reporter: Reporter) => T | undefined,
  ): T | undefined => {
    const found = fields.get(key);
    return found === undefined ? undefined : read(found, fields.place(key), reporter);
  };
  const when = get<Source>('when', readExpression);
  const exceptWhen = get<Source>('exceptWhen', readExpression);
  const delay = get('delay', readDuration) ?? 0;
  const backoff = get('backoff', (found, place) => readBackoff(found, place, delay, reporter)) ?? { kind: 'constant' };
  const jitter = get('jitter', readJitter);
  const limit = get('limit', readLimit) ?? {};
  if (limit.count === undefined && reporter.count === before) {
    unsupported(reporter, at, 'a retry without a number of attempts', 'limit: { attempt: { count: 3 } }');
  }
  if (reporter.count > before) return undefined;
  return {
    delay,
    backoff,
    ...limit,
    ...(when === undefined ? {} : { when }),
    ...(exceptWhen === undefined ? {} : { exceptWhen }),
    ...(jitter === undefined ? {} : { jitter }),
  };
}

/**
 * The specification leaves the members of a strategy open: linear grows by `increment` (default: the delay), exponential
 * by `multiplier` (default 2) up to `max`.
 */
function readBackoff(value: Json, at: Pointer, delay: Duration, reporter: Reporter): Retry['backoff'] | undefined {
  const fields = readObject(value, at, ['constant', 'linear', 'exponential'], reporter);
  if (fields === undefined) return undefined;
  const [kind, ...others] = Object.keys(fields.value);
  if (kind === undefined || others.length > 0)
    return invalid(reporter, at, 'a backoff is one of constant, linear and exponential');
  const known = kind === 'linear' ? ['increment'] : kind === 'exponential' ? ['multiplier', 'max'] : [];
  const strategy = readObject(fields.get(kind) ?? null, fields.place(kind), known, reporter);
  if (strategy === undefined) return undefined;
  switch (kind) {
    case 'constant':
      return { kind };
    case 'linear': {
      const increment = strategy.get('increment');
      if (increment === undefined) return { kind, increment: delay };
      const milliseconds = readDuration(increment, strategy.place('increment'), reporter);
      return milliseconds === undefined ? undefined : { kind, increment: milliseconds };
    }
    case 'exponential': {
      const given = strategy.get('multiplier');
      const multiplier = given === undefined ? 2 : given;
      const most = strategy.get('max');
      const max = most === undefined ? undefined : readDuration(most, strategy.place('max'), reporter);
      if (typeof multiplier !== 'number')
        return wrongType(reporter, strategy.place('multiplier'), 'number', multiplier);
      if (multiplier < 1 || multiplier > 100)
        return invalid(reporter, strategy.place('multiplier'), 'a multiplier is 1 to 100');
      return { kind, multiplier, ...(max === undefined ? {} : { max }) };
    }
    default:
      return undefined;
  }
}

function readJitter(
  value: Json,
  at: Pointer,
  reporter: Reporter,
): { readonly from: Duration; readonly to: Duration } | undefined {
  const fields = readObject(value, at, ['from', 'to'], reporter);
  if (fields === undefined) return undefined;
  const [from, to] = (['from', 'to'] as const).map((key) => {
    const found = required(fields, key, reporter);
    return found === undefined ? undefined : readDuration(found, child(at, key), reporter);
  });
  if (from === undefined || to === undefined) return undefined;
  return from > to ? invalid(reporter, at, 'a jitter starts no later than it ends') : { from, to };
}

type Limit = Pick<Retry, 'count' | 'attemptDuration' | 'totalDuration'>;

function readLimit(value: Json, at: Pointer, reporter: Reporter): Limit | undefined {
  const fields = readObject(value, at, ['attempt', 'duration'], reporter);
  if (fields === undefined) return undefined;
  const attemptValue = fields.get('attempt');
  const attempt =
    attemptValue === undefined
      ? undefined
      : readObject(attemptValue, fields.place('attempt'), ['count', 'duration'], reporter);
  const counted = attempt?.get('count');
  const count =
    attempt === undefined || counted === undefined ? undefined : readCount(counted, attempt.place('count'), reporter);
  const each = attempt?.get('duration');
  const attemptDuration =
    each === undefined || attempt === undefined ? undefined : readDuration(each, attempt.place('duration'), reporter);
  const total = fields.get('duration');
  const totalDuration = total === undefined ? undefined : readDuration(total, fields.place('duration'), reporter);
  return {
    ...(count === undefined ? {} : { count }),
    ...(attemptDuration === undefined ? {} : { attemptDuration }),
    ...(totalDuration === undefined ? {} : { totalDuration }),
  };
}

function readCount(value: Json, at: Pointer, reporter: Reporter): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(reporter, at, 'integer', value);
  return value >= 1 && value <= 1_000
    ? value
    : invalid(reporter, at, 'a count includes the first attempt and is 1 to 1000');
}
