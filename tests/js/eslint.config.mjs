// Rules of the page's script: what is a mistake, not what is a matter of taste.

const mistakes = [
  "array-callback-return", "constructor-super", "default-case-last", "eqeqeq", "for-direction", "getter-return",
  "no-async-promise-executor", "no-case-declarations", "no-class-assign", "no-compare-neg-zero", "no-cond-assign",
  "no-const-assign", "no-constant-binary-expression", "no-constant-condition", "no-control-regex", "no-debugger",
  "no-delete-var", "no-dupe-args", "no-dupe-class-members", "no-dupe-else-if", "no-dupe-keys", "no-duplicate-case",
  "no-empty", "no-empty-character-class", "no-empty-pattern", "no-eval", "no-ex-assign", "no-extra-boolean-cast",
  "no-fallthrough", "no-func-assign", "no-global-assign", "no-implied-eval", "no-import-assign", "no-invalid-regexp",
  "no-irregular-whitespace", "no-loss-of-precision", "no-misleading-character-class", "no-new-func", "no-obj-calls",
  "no-prototype-builtins", "no-redeclare", "no-regex-spaces", "no-script-url", "no-self-assign", "no-self-compare",
  "no-setter-return", "no-sparse-arrays", "no-template-curly-in-string", "no-this-before-super", "no-throw-literal",
  "no-unexpected-multiline", "no-unmodified-loop-condition", "no-unreachable", "no-unsafe-finally",
  "no-unsafe-negation", "no-unsafe-optional-chaining", "no-unused-expressions", "no-unused-labels", "no-unused-vars",
  "no-useless-backreference", "no-useless-catch", "no-useless-escape", "no-useless-return", "no-var", "no-with",
  "prefer-const", "require-yield", "use-isnan", "valid-typeof",
];

export default [
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: Object.fromEntries(mistakes.map((rule) => [rule, "error"])),
  },
  { files: ["sitesel/show/js/*.js"], rules: { "max-len": ["error", 120] } },
];
