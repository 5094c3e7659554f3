import { createRequire, registerHooks } from 'node:module';

/*
 * Node cannot load n8n-workflow's ESM build, whose imports lack extensions, nor find the names that its CommonJS build
 * exports. So an import of the package gets the CommonJS build, which n8n has too, with its names spelled out.
 */
const require = createRequire(import.meta.url);
const name = 'n8n-workflow';
const url = 'bellhop-test:n8n-workflow';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === name && context.conditions.includes('import')
      ? { url, shortCircuit: true }
      : next(specifier, context),
  load: (loaded, context, next) =>
    loaded === url ? { format: 'module', source: source(), shortCircuit: true } : next(loaded, context),
});

function source(): string {
  const names = Object.keys(require(name) as object);
  return `import { createRequire } from 'node:module';
export const { ${names.join(', ')} } = createRequire(${JSON.stringify(import.meta.url)})('${name}');`;
}
