const { readFileSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Suites that load nock come last. It changes Node's own http module, which all suites of a process share, and suites that
 * made real requests behind it failed (a POST went out as a GET), although each of them restores it at its end.
 */
module.exports = class NockLast extends Sequencer {
  sort(tests) {
    const loadsNock = ({ path }) => readFileSync(path, 'utf8').includes("from 'nock'");
    const sorted = super.sort(tests);
    return [...sorted.filter((test) => !loadsNock(test)), ...sorted.filter(loadsNock)];
  }
};
