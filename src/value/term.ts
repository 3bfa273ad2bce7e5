/**
 * Terms: what stands for a value that is not known. They say only how an unknown came about; what may be assumed about it
 * is knowledge of the driver that explores (`prove/`). Hash-consed: equal terms are one object, so `===` compares them.
 */
export type Term =
  | { readonly kind: 'variable'; readonly id: number; readonly name: string }
  | {
      readonly kind: 'apply';
      readonly id: number;
      readonly operator: Operator;
      readonly operands: readonly Operand[];
    };

/** What a term is made of: terms and JSON scalars. */
export type Operand = Term | string | number | boolean | null;

/**
 * `equal`, `less`, `meets` (a term and the text of a JSON Schema) and `has` are truth values; `sum`
 * adds integers; the others are functions that are only known to be functions: the same operands give the same value.
 */
export type Operator = 'not' | 'equal' | 'less' | 'meets' | 'has' | 'sum' | 'member' | 'length' | 'text' | 'function';

/**
 * The terms of one exploration. A table of its own for each, so that ids (and with them every order that follows ids) do not
 * depend on what was explored before.
 */
export class Terms {
  private readonly known = new Map<string, Term>();
  private readonly all: Term[] = [];

  variable(name: string): Term {
    return this.intern(`v${name}`, (id) => ({ kind: 'variable', id, name }));
  }

  apply(operator: Operator, ...operands: readonly Operand[]): Term {
    const key = `${operator}(${operands.map(operandKey).join()})`;
    return this.intern(key, (id) => ({ kind: 'apply', id, operator, operands }));
  }

  /** The term of an id. */
  get(id: number): Term | undefined {
    return this.all[id];
  }

  private intern(key: string, make: (id: number) => Term): Term {
    let term = this.known.get(key);
    if (term === undefined) {
      term = make(this.known.size);
      this.known.set(key, term);
      this.all.push(term);
    }
    return term;
  }
}

export function isTerm(operand: Operand | undefined): operand is Term {
  return typeof operand === 'object' && operand !== null;
}

function operandKey(operand: Operand): string {
  return isTerm(operand) ? `#${operand.id}` : JSON.stringify(operand);
}

/** A term as text, for reports. */
export function termText(term: Term): string {
  if (term.kind === 'variable') return term.name;
  return `${term.operator}(${term.operands.map((it) => (isTerm(it) ? termText(it) : JSON.stringify(it))).join(', ')})`;
}
