import type { Value } from '../value/value.ts';

/**
 * Whether a target is on an allow-list of store.yaml. Addresses are compared parsed, never as patterns over text: text
 * that two parsers could read differently is not listed.
 *
 * An entry `name@host` is one mailbox and `@host` every mailbox of that host; `host.name` is that host, also as the host of an https
 * address; `https://…` is that address; anything else is compared as it stands.
 */
export function isListed(value: Value, entries: readonly string[]): boolean {
  if (value.kind === 'number') return entries.includes(String(value.value));
  return value.kind === 'string' && entries.some((entry) => matches(value.value, entry));
}

function matches(text: string, entry: string): boolean {
  if (text === entry) return !entry.startsWith('@');
  const entryMailbox = mailbox(entry);
  if (entryMailbox !== undefined) {
    const found = mailbox(text);
    return found !== undefined && found.host === entryMailbox.host && found.local === entryMailbox.local;
  }
  if (entry.startsWith('@')) {
    const host = hostname(entry.slice(1));
    return host !== undefined && mailbox(text)?.host === host;
  }
  const entryUrl = httpsAddress(entry);
  if (entryUrl !== undefined) return httpsAddress(text)?.href === entryUrl.href;
  const host = hostname(entry);
  return host !== undefined && (hostname(text) === host || httpsAddress(text)?.hostname === host);
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`);

/** A name of at least two ASCII labels, in lower case. */
function hostname(text: string): string | undefined {
  if (text.length > 253) return undefined;
  const lower = asciiLower(text);
  return HOST.test(lower) ? lower : undefined;
}

/** A bare mailbox; a display name, a quoted local part or a second address makes it none. */
function mailbox(text: string): { readonly local: string; readonly host: string } | undefined {
  const at = text.indexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(local)) return undefined;
  const host = hostname(text.slice(at + 1));
  return host === undefined ? undefined : { local, host };
}

/** An https address without user, on the default port, that is already in normal form. */
function httpsAddress(text: string): URL | undefined {
  if (!/^https:\/\/[\u0021-\u005b\u005d-\u007e]+$/i.test(text)) return undefined;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  if (url.username !== '' || url.password !== '' || url.port !== '' || hostname(url.hostname) === undefined)
    return undefined;
  const normal = asciiLower(text.slice(0, 8 + url.hostname.length)) + text.slice(8 + url.hostname.length);
  return url.href === normal || url.href === `${normal}/` ? url : undefined;
}

function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
