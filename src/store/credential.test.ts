import { describe, expect, it } from 'vitest';
import { credentialIn } from './credential.ts';

const TOKEN = `ghp_${'a'.repeat(36)}`;
const JWT = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(30)}.${'c'.repeat(40)}`;

describe('what looks like a credential', () => {
  it.each([
    ['a token', TOKEN, 'GitHub token'],
    ['a token in a sentence', `use ${TOKEN} for that`, 'GitHub token'],
    ['a JSON Web Token behind a hyphen', `x-${JWT}`, 'JSON Web Token'],
    ['the shortest address with a password', 'ab://c:d@', 'password in an address'],
    ['a word', 'token', undefined],
  ])('%s', (_what, text, kind) => {
    expect(credentialIn(text)).toBe(kind);
  });

  // A text that is long enough once hid it.
  it('is found at the end of a long text', () => {
    expect(credentialIn(`${'x '.repeat(400_000)}${TOKEN}`)).toBe('GitHub token');
  });

  // Took a fifth of a second for twenty thousand characters, and four times that for twice as many.
  it('is looked for in time linear in the text', () => {
    for (const piece of ['eyJ-', 'eyJ-.', '.eyJ-', 'a:', 'a://b:', 'BEGIN '])
      expect(credentialIn(piece.repeat(Math.floor(1_000_000 / piece.length)))).toBeUndefined();
  });
});
