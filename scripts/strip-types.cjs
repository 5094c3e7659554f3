// A jest transform that erases types with the very function Node uses to run this code, so tests and `npm start` cannot differ.
const { createHash } = require('node:crypto');
const { stripTypeScriptTypes } = require('node:module');

module.exports = {
  getCacheKey: (source) => createHash('sha256').update(process.version).update(source).digest('hex'),
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
