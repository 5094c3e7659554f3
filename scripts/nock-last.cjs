const { readFileSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Suites that load nock come last. It changes Node's own http module, which all suites of a process share, and does not
 * bring it back entirely; behind it nothing runs that needs real HTTP.
 */
module.exports = class NockLast extends Sequencer {
  sort(tests) {
    const loadsNock = ({ path }) => readFileSync(path, 'utf8').includes("from 'nock'");
    const sorted = super.sort(tests);
    return [...sorted.filter((test) => !loadsNock(test)), ...sorted.filter(loadsNock)];
  }
};
