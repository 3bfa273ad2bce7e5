import { Collector } from './collector.ts';
import { type Confidence, type Finding, finding } from './finding.ts';
import type { Place } from './place.ts';
import { child, type Pointer } from './pointer.ts';
import type { RuleData, RuleId } from './rules.ts';
import { suggest } from './suggest.ts';
import { brief } from './text.ts';

/** Places of the nodes of one document. */
export interface Locator {
  readonly locate: (pointer: Pointer) => Place;
  /** The place of the key of a member. */
  readonly locateKey: (pointer: Pointer) => Place;
}

/** How often a document is told what was meant. */
const SUGGESTIONS = 100;

/** Collects the findings about one document. */
export class Reporter {
  readonly #collector = new Collector();
  readonly #locator: Locator;
  #suggested = 0;

  constructor(locator: Locator) {
    this.#locator = locator;
  }

  get findings(): readonly Finding[] {
    return this.#collector.findings;
  }

  /** How many problems were reported, those that are too many to be kept too. */
  get count(): number {
    return this.#collector.count;
  }

  report<R extends RuleId>(rule: R, at: Pointer, data: RuleData[R], confidence: Confidence = 'certain'): void {
    this.#collector.add(rule, 'error', () => finding(rule, this.#locator.locate(at), data, { confidence }));
  }

  /** As {@link report}, at the key of the member instead of its value. */
  reportKey<R extends RuleId>(rule: R, at: Pointer, data: RuleData[R]): void {
    this.#collector.add(rule, 'error', () => finding(rule, this.#locator.locateKey(at), data));
  }

  /** As {@link suggest}, for the first problems of a document: thousands of names that are all unknown are no typing errors. */
  suggest(name: string, candidates: Iterable<string>): string | null {
    this.#suggested += 1;
    return this.#suggested > SUGGESTIONS ? null : suggest(name, candidates);
  }

  /** Reports `key` of the object at `at`, with the known key it was probably meant to be. */
  unknownKey(at: Pointer, key: string, known: Iterable<string>): void {
    this.reportKey('structure/unknown-key', child(at, key), { key: brief(key), suggestion: this.suggest(key, known) });
  }
}
