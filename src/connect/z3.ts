import { createInterface } from 'node:readline';
import { init, type Z3_context, Z3_error_code, Z3_lbool, type Z3_solver } from 'z3-solver/build/low-level/index.js';
import instantiate from 'z3-solver/build/z3-built.js';

/**
 * The solver's own process: reads one question a line, `{ text, steps }`, and writes one answer a line,
 * `{ kind: 'unsat' | 'sat' | 'unknown' | 'error', taken?, model?, detail? }`. Each question has a context of its own: nothing of one
 * is left for the next.
 */

const { Z3 } = await init(instantiate, {});

async function solve(text: string, steps: number): Promise<object> {
  const config = Z3.mk_config();
  const context = Z3.mk_context(config);
  try {
    const solver = Z3.mk_solver(context);
    Z3.solver_inc_ref(context, solver);
    const parameters = Z3.mk_params(context);
    Z3.params_inc_ref(context, parameters);
    Z3.params_set_uint(context, parameters, Z3.mk_string_symbol(context, 'rlimit'), steps);
    Z3.solver_set_params(context, solver, parameters);
    Z3.solver_from_string(context, solver, text);
    const code = Z3.get_error_code(context);
    // What was read before an error is still asserted, so that an answer would be one to another question.
    if (code !== Z3_error_code.Z3_OK) return { kind: 'error', detail: Z3.get_error_msg(context, code) };
    const answer = await Z3.solver_check(context, solver);
    const taken = stepsOf(context, solver);
    if (answer === Z3_lbool.Z3_L_FALSE) return { kind: 'unsat', taken };
    if (answer !== Z3_lbool.Z3_L_TRUE) return { kind: 'unknown', taken };
    const model = Z3.solver_get_model(context, solver);
    const values: [string, string][] = [];
    for (let i = 0; i < Z3.model_get_num_consts(context, model); i += 1) {
      const constant = Z3.model_get_const_decl(context, model, i);
      const name = Z3.get_symbol_string(context, Z3.get_decl_name(context, constant));
      const value = Z3.model_get_const_interp(context, model, constant);
      if (value !== null) values.push([name, Z3.ast_to_string(context, value)]);
    }
    return { kind: 'sat', model: values, taken };
  } finally {
    Z3.del_context(context);
    Z3.del_config(config);
  }
}

/** The steps that a context has taken: what `rlimit` bounds. */
function stepsOf(context: Z3_context, solver: Z3_solver): number {
  const statistics = Z3.solver_get_statistics(context, solver);
  for (let i = 0; i < Z3.stats_size(context, statistics); i += 1)
    if (Z3.stats_get_key(context, statistics, i) === 'rlimit count')
      return Z3.stats_get_uint_value(context, statistics, i);
  return 0;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text, steps } = JSON.parse(line) as { readonly text: string; readonly steps: number };
  process.stdout.write(`${JSON.stringify(await solve(text, steps))}\n`);
}
// The library's threads would keep the process when nobody asks any more.
process.kill(process.pid, 'SIGKILL');
