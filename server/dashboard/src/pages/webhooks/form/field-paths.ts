const maximumPaths = 40;

/** The fields of an event's data as filter paths: `score`, `caller.phone`, `items[].price`. At most 40. */
export function fieldPaths(data: unknown): readonly string[] {
  return below(data, '').slice(0, maximumPaths);
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
