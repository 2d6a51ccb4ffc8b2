module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }] },
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
  // Three for two cores: files that start processes or wait for a browser leave a quarter of two workers idle.
  maxWorkers: 3,
  testRunner: '<rootDir>/scripts/runner.cjs',
  testSequencer: '<rootDir>/scripts/sequencer.cjs',
  testTimeout: 60000,
  collectCoverageFrom: ['src/**/*.ts'],
  coverageProvider: 'v8',
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
};
