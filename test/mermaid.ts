import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import * as z from 'zod';

/** The real Mermaid in a context of its own: a browser's script that is given as little of a browser as it asks for to parse. */

const Vertices = z.array(z.tuple([z.string(), z.looseObject({ text: z.string().optional() })]));
const Edges = z.array(z.looseObject({ start: z.string(), end: z.string(), text: z.string(), stroke: z.string() }));
const Groups = z.array(z.looseObject({ title: z.string(), nodes: z.array(z.string()) }));

export interface Diagram {
  readonly vertices: ReadonlyMap<string, string>;
  readonly edges: readonly {
    readonly start: string;
    readonly end: string;
    readonly text: string;
    readonly stroke: string;
  }[];
  readonly groups: readonly { readonly title: string; readonly nodes: readonly string[] }[];
}

interface Library {
  parse(text: string): Promise<unknown>;
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{
      readonly type: string;
      readonly db: {
        getVertices(): Iterable<unknown>;
        getEdges(): Iterable<unknown>;
        getSubGraphs(): Iterable<unknown>;
      };
    }>;
  };
}

let library: Library | undefined;

function mermaid(): Library {
  if (library !== undefined) return library;
  const nothing = (): void => {};
  const browser: Record<string, unknown> = {
    document: { nodeType: 9, addEventListener: nothing, createElement: () => ({}) },
    Element: Object,
    addEventListener: nothing,
    console,
    setTimeout,
    clearTimeout,
    URL,
    TextEncoder,
    TextDecoder,
    structuredClone,
    performance,
  };
  browser['window'] = browser;
  createContext(browser);
  runInContext(readFileSync('node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js', 'utf8'), browser);
  // What the script leaves behind is Mermaid as its documentation has it.
  library = browser['mermaid'] as Library;
  return library;
}

/** What Mermaid makes of a text; throws where it is none. Entities are as Mermaid keeps them until it draws. */
export async function parseMermaid(text: string): Promise<Diagram> {
  // Diagrams register themselves when a first text is parsed.
  await mermaid().parse(text);
  const { type, db } = await mermaid().mermaidAPI.getDiagramFromText(text);
  if (type !== 'flowchart-v2') throw new Error(`a diagram of type ${type}`);
  const vertices = Vertices.parse([...db.getVertices()]);
  return {
    vertices: new Map([...vertices].map(([id, { text: shown = '' }]) => [id, entities(shown)] as const)),
    edges: Edges.parse([...db.getEdges()]).map(({ start, end, text: shown, stroke }) => ({
      start,
      end,
      text: entities(shown),
      stroke,
    })),
    groups: Groups.parse([...db.getSubGraphs()]).map(({ title, nodes }) => ({ title: entities(title), nodes })),
  };
}

/** Mermaid's own spelling of entities, read. */
function entities(text: string): string {
  return text.replace(/ﬂ°°(\d+)¶ß/gu, (_, code: string) => String.fromCodePoint(Number(code)));
}
