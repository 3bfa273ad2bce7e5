declare module 'z3-solver/build/z3-built.js' {
  const instantiate: unknown;
  export default instantiate;
}
