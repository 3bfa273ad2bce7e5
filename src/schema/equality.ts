import { compareText, isArray, type Json } from '../kernel/json.ts';

/** A text that is equal for equal JSON values and no others: member order and `-0` make no difference. */
export function equalityKey(json: Json): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  if (isArray(json)) return `[${json.map(equalityKey).join(',')}]`;
  const members = Object.keys(json)
    .sort(compareText)
    .map((key) => `${JSON.stringify(key)}:${equalityKey(json[key] ?? null)}`);
  return `{${members.join(',')}}`;
}
