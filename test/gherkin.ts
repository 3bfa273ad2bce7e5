/** One scenario of a feature file, as far as the conformance suite uses the language (Gherkin reference, cucumber.io). */
export interface Scenario {
  readonly feature: string;
  readonly name: string;
  readonly steps: readonly GherkinStep[];
}

export interface GherkinStep {
  readonly line: number;
  /** Without the keyword. */
  readonly text: string;
  readonly docString?: string;
}

const KEYWORD = /^(?:Given|When|Then|And|But)\s+/u;

/** Reads scenarios with their steps and doc strings. Anything else that a feature file may hold is an error. */
export function readFeature(source: string): readonly Scenario[] {
  const scenarios: { feature: string; name: string; steps: GherkinStep[] }[] = [];
  const lines = source.split('\n');
  let feature = '';
  for (let i = 0; i < lines.length; i += 1) {
    const text = (lines[i] ?? '').trim();
    if (text.startsWith('Feature:')) feature = text.slice(8).trim();
    else if (text.startsWith('Scenario:')) scenarios.push({ feature, name: text.slice(9).trim(), steps: [] });
    else if (KEYWORD.test(text)) scenarios.at(-1)?.steps.push({ line: i + 1, text: text.replace(KEYWORD, '') });
    else if (text.startsWith('"""')) {
      const end = lines.findIndex((line, at) => at > i && line.trim().startsWith('"""'));
      const steps = scenarios.at(-1)?.steps;
      const step = steps?.pop();
      if (end < 0 || steps === undefined || step === undefined)
        throw new Error(`line ${i + 1}: a doc string without end or step`);
      const indent = (lines[i] ?? '').indexOf('"""');
      const body = lines
        .slice(i + 1, end)
        .map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length)));
      steps.push({ ...step, docString: body.join('\n') });
      i = end;
    } else if (text !== '' && !text.startsWith('#') && scenarios.length > 0) throw new Error(`line ${i + 1}: ${text}`);
  }
  return scenarios;
}
