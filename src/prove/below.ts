import { type Clause, type Demand, must } from '../schema/generate/demand.ts';
import type { SchemaNode } from '../schema/node.ts';
import { compose, isEmpty, keyed, keyOfDemand, nodeOf, NOTHING } from './facts.ts';

/** What a demand on a container says of what is in it. */

const NULL = nodeOf({ const: null });

/** What is known of the value that `.name` gives of an object that meets the demand; null where it has no such member. */
export function memberOf(demand: Demand, name: string): Demand {
  const known = partsOf(demand, (node) => {
    const declared = node.properties?.get(name);
    if (declared !== undefined) return declared;
    return (node.patternProperties ?? []).length > 0 ? undefined : node.additionalProperties;
  });
  if (known.length === 0) return known;
  const required = keyed(`required ${name}`, () => compose({ required: [name] }));
  if (isEmpty([...demand, { node: required, holds: false }])) return known;
  return [must(keyed(`member ${name} ${keyOfDemand(known)}`, () => compose({ anyOf: [whole(known), NULL] })))];
}

/** What is known of every item of an array that meets the demand. */
export function itemOf(demand: Demand): Demand {
  return partsOf(demand, ({ prefixItems, items, maxItems }) => {
    if (prefixItems === undefined) return items;
    const isAll = maxItems !== undefined && maxItems <= prefixItems.length;
    if (!isAll && items === undefined) return undefined;
    return anyOf([...prefixItems, ...(isAll || items === undefined ? [] : [items])]);
  });
}

/** What the schemas of a demand say of one part of the value, as `part` reads it from each. */
function partsOf(demand: Demand, part: (node: SchemaNode) => SchemaNode | undefined): Demand {
  const found: Clause[] = [];
  const visit = (node: SchemaNode): void => {
    if (node.ref !== undefined) visit(node.ref);
    for (const one of node.allOf ?? []) visit(one);
    const own = part(node);
    if (own !== undefined) found.push(must(own));
    if (node.anyOf !== undefined) {
      const possible = node.anyOf.filter((branch) => !isEmpty([...demand, must(branch)]));
      const parts = possible.map((branch) => partsOf([must(branch)], part));
      if (parts.every((one) => one.length > 0)) found.push(must(anyOf(parts.map(whole))));
    }
  };
  for (const { node, holds } of demand) if (holds) visit(node);
  return found;
}

function whole(demand: Demand): SchemaNode {
  const [only] = demand;
  if (only !== undefined && demand.length === 1) return only.node;
  return keyed(`whole ${keyOfDemand(demand)}`, () => compose({ allOf: demand.map(({ node }) => node) }));
}

function anyOf(nodes: readonly SchemaNode[]): SchemaNode {
  const [only] = nodes;
  if (only === undefined) return NOTHING;
  if (nodes.length === 1) return only;
  return keyed(`any ${keyOfDemand(nodes.map(must))}`, () => compose({ anyOf: nodes }));
}
