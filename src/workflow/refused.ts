/** What the strict profile leaves out of the Open Workflow Specification, by keyword, and what to use instead (DESIGN 4). */

/** Kinds of task. */
export const REFUSED_TASKS: ReadonlyMap<string, string> = new Map([
  ['emit', 'call a tool of an MCP server that publishes the event'],
  ['listen', 'take the event as the workflow input'],
]);

/** Values of `call`. */
export const REFUSED_CALLS: ReadonlyMap<string, string> = new Map([
  ['http', 'call: mcp with a tool of an MCP server whose contract is in tools/'],
  ['grpc', 'call: mcp with a tool of an MCP server whose contract is in tools/'],
  ['openapi', 'call: mcp with a tool of an MCP server whose contract is in tools/'],
  ['asyncapi', 'call: mcp with a tool of an MCP server whose contract is in tools/'],
  ['a2a', 'run: workflow, or call: mcp with a tool whose contract is in tools/'],
]);

/** Members of `run`. */
export const REFUSED_RUNS: ReadonlyMap<string, string> = new Map([
  ['container', 'call: mcp with a tool whose contract is in tools/'],
  ['script', 'an expression, or call: mcp with a tool whose contract is in tools/'],
  ['shell', 'call: mcp with a tool whose contract is in tools/'],
]);

/** Values of `with.method` of `call: mcp`. */
export const REFUSED_METHODS: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/read',
  'resources/templates/list',
]);
