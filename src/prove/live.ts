import type { Snapshot } from '../machine/snapshot.ts';
import { isTerm, type Operand, type Term } from '../value/term.ts';
import type { Value } from '../value/value.ts';

/** The terms that a state mentions, with all that they are made of, and the lists whose items it can name. */
export interface Live {
  readonly terms: ReadonlySet<Term>;
  readonly lists: ReadonlySet<string>;
}

/** What is live in a state, and in `others`: what is known of anything else cannot matter any more. */
export function liveIn({ values, regions, approvals, wanted }: Snapshot, others: Iterable<Value>): Live {
  const terms = new Set<Term>();
  const lists = new Set<string>();
  const add = (operand: Operand | undefined): void => {
    if (!isTerm(operand) || terms.has(operand)) return;
    terms.add(operand);
    if (operand.kind === 'apply') operand.operands.forEach(add);
  };
  const visit = (value: Value): void => {
    switch (value.kind) {
      case 'array':
        value.items.forEach(visit);
        break;
      case 'object':
        value.fields.forEach(visit);
        break;
      case 'list':
        lists.add(value.name);
        add(value.length);
        value.items.forEach(visit);
        break;
      case 'symbol':
        add(value.term);
        for (const member of value.members?.known.values() ?? []) {
          visit(member.value);
          add(member.present);
        }
        break;
      default:
        break;
    }
  };
  values.forEach(visit);
  for (const active of regions) for (const { context } of active) visit(context);
  for (const given of approvals) {
    for (const { arguments: args, by, usedBy } of given) {
      visit(args);
      visit(by);
      if (usedBy?.key !== undefined) visit(usedBy.key);
    }
  }
  for (const { key, amounts } of wanted.known) {
    if (key !== undefined) visit(key);
    for (const amount of amounts.values()) if (isTerm(amount)) add(amount);
  }
  for (const { arguments: args } of wanted.failed) visit(args);
  for (const value of others) visit(value);
  return { terms, lists };
}

/** Whether a state can mention a term, or make it anew of what it mentions. */
export function isLive(term: Term, live: Live): boolean {
  if (live.terms.has(term)) return true;
  if (term.kind === 'variable') return isItem(term.name, live.lists);
  const parts = term.operands.filter(isTerm);
  return parts.length > 0 && parts.every((part) => isLive(part, live));
}

/** Whether a name is that of an item of one of the lists, or of something in it. */
function isItem(name: string, lists: ReadonlySet<string>): boolean {
  for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1))
    if (lists.has(name.slice(0, end))) return true;
  return false;
}
