/** Fields that are listed at most, so that a large sample stays a help. */
const most = 40;

/** The fields of an event's data as a filter names them: `score`, `caller.phone`, `items[].price`. */
export function fieldPaths(data: unknown): readonly string[] {
  return below(data, '').slice(0, most);
}

function below(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    const inside = value.flatMap((element) => below(element, `${path}[]`));
    return [...new Set(inside)];
  }
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, each]) => below(each, step(path, name)));
}

function step(path: string, name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
