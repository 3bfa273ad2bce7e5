import{r as e}from"./formats.js";function t(t,n){return{"workflow.yaml":`${e(`workflow`)}
document:
  dsl: '1.0.3'
  namespace: ${t}
  name: ${n}
  version: '0.1.0'
  summary: Says whether an amount is within a limit. # what the workflow does, in one sentence
# What goes in: closed objects, every string and list with a limit. Input outside the schema is refused.
input:
  schema:
    format: json
    document:
      type: object
      additionalProperties: false
      required: [amount, limit]
      properties:
        amount: { type: integer, minimum: 0, maximum: 1000000 }
        limit: { type: integer, minimum: 0, maximum: 1000000 }
do:
  - decide:
      switch:
        - within:
            when: \${ .amount <= .limit }
            then: accept
        - beyond:
            then: refuse
  - accept:
      set:
        accepted: true
      then: end
  - refuse:
      set:
        accepted: false
# What comes out.
output:
  schema:
    format: json
    document:
      type: object
      additionalProperties: false
      required: [accepted]
      properties:
        accepted: { type: boolean }
`,"contract.yaml":`${e(`contract`)}
# What the workflow promises and which authority it asks for. What is not named here it cannot do.
risk: low
# What somebody would say who wants this workflow: people and agents find it by these words.
intents:
  - is this amount within the limit
  - check an amount before we spend it
capabilities: []
errors: []
budgets: { tasks: 10, calls: 0, infers: 0, time: PT1M }
invariants:
  - { id: calls-nothing, always: '.calls | length == 0' }
`,"tests/accepts-within-limit.yaml":`${e(`case`)}
name: accepts an amount up to the very limit
input: { amount: 20, limit: 20 }
expect:
  calls: []
  outcome: { output: { accepted: true } }
`,"tests/refuses-beyond-limit.yaml":`${e(`case`)}
name: refuses an amount beyond the limit
input: { amount: 30, limit: 20 }
expect:
  calls: []
  outcome: { output: { accepted: false } }
`,"README.md":`# ${t}/${n}

Says whether an amount is within a limit. It needs nothing and calls nothing.

Write here what your workflow does, what it needs, and what it never does.
`}}export{t};