import { describe, expect, it } from 'vitest';
import { pointerOf } from '../kernel/pointer.ts';
import { type At, atOf, type CallEffect, type Effect, type Outcome, type Reply } from '../machine/effect.ts';
import { objectValue, stringValue } from '../value/concrete.ts';
import { AUTHOR, NO_MARKS } from '../value/label.ts';
import type { Start } from './drive.ts';
import { drive } from './drive.ts';
import { executeLive, type Outside } from './execute.ts';
import type { Gate } from './model.ts';
import { scripted } from './scripted.ts';

const at = (pointer: string): At => atOf('', pointerOf(pointer));

const CALL: CallEffect = {
  kind: 'call',
  at: at('/do/0/call'),
  tool: 'demo/echo',
  arguments: objectValue(new Map(), AUTHOR),
  control: NO_MARKS,
  approved: false,
  approvers: [],
  attempt: 1,
  keyed: false,
  history: { calls: new Map(), totals: new Map() },
};
const APPROVE: Effect = {
  kind: 'approve',
  at: at('/do/1/ask'),
  tool: 'demo/echo',
  arguments: CALL.arguments,
  control: NO_MARKS,
};
const INFER: Effect = {
  kind: 'infer',
  at: at('/do/2/ask'),
  instructions: '',
  data: CALL.arguments,
  schema: {},
  control: NO_MARKS,
};
const END: Effect = { kind: 'return', at: at(''), value: CALL.arguments, control: NO_MARKS };

/** A machine that yields these effects and keeps what it is told. */
function machine(effects: readonly Effect[]): { readonly start: Start; readonly told: Reply[] } {
  const told: Reply[] = [];
  return {
    told,
    start: function* start(observer): Generator<Effect, Outcome, Reply> {
      for (const effect of effects) {
        observer.task(effect.at);
        const reply = yield effect;
        told.push(reply);
        if (reply.kind === 'refused')
          return { kind: 'refused', at: effect.at, action: effect.kind, refusals: reply.refusals };
      }
      return { kind: 'output', value: stringValue('done', AUTHOR) };
    },
  };
}

interface Faked extends Outside {
  readonly log: string[];
}

function outside(takes = 0): Faked {
  const log: string[] = [];
  let now = 1_000;
  const note = <T>(what: string, answer: T): Promise<T> => {
    log.push(what);
    now += takes;
    return Promise.resolve(answer);
  };
  return {
    log,
    now: () => now,
    call: () => note('call', { kind: 'structured', structured: { ok: true } } as const),
    infer: () => note('infer', { kind: 'value', value: 7 } as const),
    approve: () => note('approve', { kind: 'approval', approved: true, by: 'alice' } as const),
    wait: (milliseconds) => note(`wait ${milliseconds}`, undefined),
  };
}

const ALLOW: Gate = () => ({ allowed: true, refusals: [], grants: [] });
const refusing =
  (kind: Effect['kind']): Gate =>
  (effect) =>
    effect.kind === kind
      ? { allowed: false, refusals: [{ reason: 'policy', id: 'no', detail: 'no' }], grants: [] }
      : { allowed: true, refusals: [], grants: [] };

describe('executeLive', () => {
  it('puts effects to the outside in order, and tells the machine how long each took', async () => {
    const { start, told } = machine([
      CALL,
      APPROVE,
      { kind: 'wait', at: at('/do/3/wait'), milliseconds: 50 },
      INFER,
      END,
    ]);
    const world = outside(12.4);
    const run = await executeLive(start, {}, world, ALLOW);
    expect(world.log).toEqual(['call', 'approve', 'wait 50', 'infer']);
    expect(told).toMatchObject([
      { kind: 'result', result: { structuredContent: { ok: true } }, elapsed: 12 },
      { kind: 'approval', approved: true, by: 'alice', elapsed: 12 },
      { kind: 'waited' },
      { kind: 'value', value: 7, elapsed: 12 },
      { kind: 'granted' },
    ]);
    expect(run.ending.kind).toBe('output');
    expect(run.called).toEqual(['demo/echo']);
  });

  it.each(['call', 'approve', 'infer'] as const)('never puts a refused %s to the outside', async (kind) => {
    const { start } = machine([CALL, APPROVE, INFER, END]);
    const world = outside();
    const run = await executeLive(start, {}, world, refusing(kind));
    expect(run.ending).toMatchObject({ kind: 'refused', action: kind });
    expect(world.log).not.toContain(kind);
    expect(run.decided.at(-1)).toMatchObject({ effect: { kind }, verdict: { allowed: false } });
  });

  describe('a time limit', () => {
    const limited: Effect = { ...CALL, within: 40 };

    /** An outside whose call answers when told to, and whose waits end when told to. */
    function slow(): Faked & { readonly answer: () => void; readonly ring: () => void } {
      const world = outside();
      let answer = (): void => {};
      let ring = (): void => {};
      return {
        ...world,
        call: () =>
          new Promise((resolve) => {
            answer = () => resolve({ kind: 'structured', structured: {} });
          }),
        wait: (milliseconds, until) =>
          new Promise((resolve) => {
            world.log.push(`wait ${milliseconds}`);
            until?.addEventListener('abort', () => world.log.push('aborted'));
            ring = resolve;
          }),
        answer: () => answer(),
        ring: () => ring(),
      };
    }

    it('interrupts the waiting for an answer, and says that it took longer', async () => {
      const { start, told } = machine([limited, END]);
      const world = slow();
      const run = executeLive(start, {}, world, ALLOW);
      world.ring();
      expect((await run).ending.kind).toBe('output');
      expect(told[0]).toMatchObject({ kind: 'failure', error: 'timeout', elapsed: 41 });
      const again = machine([limited, END]);
      drive(again.start, {}, scripted((await run).world), ALLOW);
      expect(again.told).toEqual(told);
    });

    it('is over when the answer comes', async () => {
      const { start, told } = machine([limited]);
      const world = slow();
      const run = executeLive(start, {}, world, ALLOW);
      world.answer();
      await run;
      expect(told).toMatchObject([{ kind: 'result', elapsed: 0 }]);
      expect(world.log).toEqual(['wait 40', 'aborted']);
    });

    it('lets nobody hear of a failure that comes late', async () => {
      let fail: (error: Error) => void = () => {};
      const call = (): Promise<never> =>
        new Promise((_, reject) => {
          fail = reject;
        });
      const { start, told } = machine([limited]);
      await executeLive(start, {}, { ...outside(), call }, ALLOW);
      fail(new Error('nobody waits for this'));
      expect(told).toMatchObject([{ kind: 'failure', error: 'timeout', elapsed: 41 }]);
    });
  });

  it('puts the end to the gate', async () => {
    const run = await executeLive(machine([CALL, END]).start, {}, outside(), refusing('return'));
    expect(run.ending).toMatchObject({ kind: 'refused', action: 'return' });
  });

  it('gives a race to the first branch that finished', async () => {
    const { start, told } = machine([{ kind: 'race', at: at('/do/0/race'), branches: ['b', 'a'] }]);
    const run = await executeLive(start, {}, outside(), ALLOW);
    expect(told).toEqual([{ kind: 'winner', branch: 'b' }]);
    expect(run.world.choices).toEqual(new Map([['/do/0/race', 'b']]));
  });

  it('tells no negative time when a clock stands still or goes back', async () => {
    const { start, told } = machine([CALL]);
    await executeLive(start, {}, outside(-5), ALLOW);
    expect(told).toMatchObject([{ elapsed: 0 }]);
  });

  it('records a world that gives the same trace again', async () => {
    const effects: readonly Effect[] = [CALL, { kind: 'jitter', at: at('/do/0/call') }, CALL, APPROVE, INFER, END];
    const live = machine(effects);
    const run = await executeLive(live.start, { a: 1 }, outside(3), ALLOW);
    const again = machine(effects);
    const replayed = drive(again.start, { a: 1 }, scripted(run.world), ALLOW);
    expect({ ...replayed.trace }).toEqual(run.trace);
    expect(again.told).toEqual(live.told);
    expect(again.told.map(({ kind }) => kind)).toEqual(live.told.map(({ kind }) => kind));
    expect(again.told[1]).toEqual(live.told[1]);
  });

  it('shows a watcher what is asked and answered, not what is refused', async () => {
    const seen: string[] = [];
    await executeLive(machine([CALL, APPROVE]).start, {}, outside(), refusing('approve'), {
      asking: ({ kind }) => seen.push(`asking ${kind}`),
      answered: ({ kind }) => seen.push(`answered ${kind}`),
    });
    expect(seen).toEqual(['asking call', 'answered call']);
  });

  it('lets what is no reply come out', async () => {
    const broken = { ...outside(), call: () => Promise.reject(new Error('the disk is gone')) };
    await expect(executeLive(machine([CALL]).start, {}, broken, ALLOW)).rejects.toThrow('the disk is gone');
  });
});
