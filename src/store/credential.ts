import { isArray, isObject, type Json } from '../kernel/json.ts';
import { child, type Pointer, ROOT } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';

/**
 * Literals that look like credentials. A heuristic: it knows the published shapes of tokens and the places where secrets
 * are usually put; what it finds is reported as likely, and never quoted.
 */
const TOKENS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private key', /-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----/],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/],
  ['GitLab token', /\bglpat-[A-Za-z0-9_-]{16,}/],
  ['Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ['AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['Google API key', /\bAIza[A-Za-z0-9_-]{30,}/],
  ['model provider key', /\bsk-(?:proj-|ant-|live-|test-)?[A-Za-z0-9_-]{20,}/],
  ['Stripe key', /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/],
  ['npm token', /\bnpm_[A-Za-z0-9]{30,}/],
  // Found by its first full stop: a search that began anew behind each hyphen would take the square of the text.
  ['JSON Web Token', /\.(?<=\beyJ[A-Za-z0-9_-]{10,}\.)eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ['authorization header', /^\s*(?:Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{16,}\s*$/i],
  ['password in an address', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{1,100}@/i],
];

/** Characters of the shortest of them: an address with a name and a password. */
const SHORTEST = 9;

const SECRET_NAME =
  /(?:^|[_-])(?:TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH|PAT)(?:$|[_-])/i;
const SECRET_HEADER = /^(?:authorization|proxy-authorization|cookie|x-api-key|api-key|x-auth-token)$/i;

/** What kind of credential a text looks like; `undefined` where it looks like none. */
export function credentialIn(text: string): string | undefined {
  return text.length < SHORTEST ? undefined : TOKENS.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Whether an environment variable is named like one that holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether an HTTP header usually carries a secret. */
export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name);
}

/** Reports every string of a document that looks like a credential. */
export function reportCredentials(document: Json, reporter: Reporter): void {
  const visit = (value: Json, at: Pointer): void => {
    if (typeof value === 'string') {
      const kind = credentialIn(value);
      if (kind !== undefined) reporter.report('structure/literal-credential', at, { kind }, 'likely');
    } else if (isArray(value)) value.forEach((item, i) => visit(item, child(at, i)));
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) visit(item, child(at, key));
  };
  visit(document, ROOT);
}
