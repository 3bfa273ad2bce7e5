import { createInterface } from 'node:readline/promises';
import type { ApproveEffect } from '../machine/effect.ts';
import { approvalText } from '../report/approval.ts';
import type { Style } from '../report/style.ts';
import type { ScriptedReply, Tool } from '../store/model.ts';

/** A person at a terminal. */
export interface Person {
  show(text: string): void;
  /** One line that the person types; `undefined` where nobody can answer. */
  ask(question: string): Promise<string | undefined>;
}

/** Who nobody is: the identity of a refusal that no person gave. */
const NOBODY = 'nobody';
const IDENTITY = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

export function isIdentity(name: string): boolean {
  return IDENTITY.test(name) && name !== NOBODY;
}

/**
 * Asks a person about one call. Only the word `yes` approves; no answer, no terminal, or arguments too long to read refuse.
 * The identity is `as`, or where that is absent what the person says: it is recorded, not proved.
 */
export async function askPerson(
  person: Person,
  effect: ApproveEffect,
  tool: Tool,
  as: string | undefined,
  style: Style,
): Promise<Extract<ScriptedReply, { kind: 'approval' }>> {
  const text = approvalText(effect, tool, style);
  if (text === undefined) {
    person.show('A call that needs approval has arguments too long to read: refused.\n');
    return { kind: 'approval', approved: false, by: NOBODY };
  }
  person.show(`\n${text}\n`);
  const name = as ?? (await person.ask('Your name, or nothing to decline: '))?.trim();
  if (name === undefined || !isIdentity(name)) {
    person.show('Declined.\n');
    return { kind: 'approval', approved: false, by: NOBODY };
  }
  const answer = await person.ask(`${name}, type yes to approve exactly this call, once: `);
  if (answer === undefined) {
    person.show('Nobody can answer here: refused.\n');
    return { kind: 'approval', approved: false, by: NOBODY };
  }
  const approved = answer.trim() === 'yes';
  person.show(approved ? 'Approved.\n' : 'Declined.\n');
  return { kind: 'approval', approved, by: name };
}

/** A person who declines everything, for runs without one. */
export const NOBODY_THERE: Person = { show: () => undefined, ask: () => Promise.resolve(undefined) };

/** The person at this process's terminal; nobody where standard input or the error stream is none. */
export function personAtTerminal(): Person {
  const { stdin, stderr } = process;
  const interactive = stdin.isTTY && stderr.isTTY;
  return {
    show: (text) => {
      stderr.write(text);
    },
    ask: async (question) => {
      if (!interactive) return undefined;
      const lines = createInterface({ input: stdin, output: stderr, terminal: true });
      try {
        // An end of input answers nothing.
        const ended = new Promise<undefined>((done) => lines.once('close', () => done(undefined)));
        return await Promise.race([lines.question(question), ended]);
      } finally {
        lines.close();
      }
    },
  };
}
