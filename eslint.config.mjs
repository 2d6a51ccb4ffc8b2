import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import doors from './scripts/checks/doors.cjs';

/* What the compiler does not see: forgotten awaits, cases left out, and the doors of scripts/checks/doors.cjs. Style is not linted. */

const node = { process: 'readonly', console: 'readonly', Buffer: 'readonly', URL: 'readonly', setTimeout: 'readonly', setInterval: 'readonly', clearInterval: 'readonly', clearTimeout: 'readonly', performance: 'readonly' };

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'data/', '.cache/'] },
  eslint.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, rules: { eqeqeq: ['error', 'always', { null: 'ignore' }], 'no-control-regex': 'off', 'no-empty': ['error', { allowEmptyCatch: false }] } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      // The compiler has these (noUnusedLocals, noUnusedParameters), with the same exceptions.
      '@typescript-eslint/no-unused-vars': 'off',
      // A port's method is async whether or not this adapter has anything to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: false, allowAny: false }],
      // `'names' | string` documents what is usual; generated enums are compared with the numbers that come over the wire.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      'no-undef': 'off',
    },
  },
  {
    // The local CRMs take any JSON apart that a client may send; what they make of nonsense is what the tests look at.
    files: ['src/sandbox/**/*.ts', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-base-to-string': 'off', '@typescript-eslint/restrict-template-expressions': 'off' },
  },
  {
    // A test asserts on what came back, whatever its type.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off', ...Object.fromEntries(['assignment', 'member-access', 'argument', 'call', 'return'].map((kind) => [`@typescript-eslint/no-unsafe-${kind}`, 'off'])) },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: node } },
  { files: ['**/*.cjs', 'jest.config.js'], languageOptions: { sourceType: 'commonjs', globals: { ...node, module: 'writable', require: 'readonly', __dirname: 'readonly' } } },
  ...doors.doorConfigs,
);
