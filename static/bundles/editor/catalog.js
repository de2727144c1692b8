// Asks the server for tables and functions of the database's catalogue. Nothing of it is loaded in advance.
const CACHED_MAX = 200;

const cached = new Map();

export function ask(field, parameters) {
  const address = field.form.elements.database?.selectedOptions?.[0]?.dataset.schema ?? field.dataset.schema;
  if (!address) {
    return undefined;
  }
  const url = new URL(address, location.href);
  for (const [name, values] of Object.entries(parameters)) {
    values.forEach((value) => url.searchParams.append(name, value));
  }
  const key = url.href;
  if (!cached.has(key)) {
    if (cached.size >= CACHED_MAX) {
      cached.clear();
    }
    // Failures are not cached.
    const body = fetch(url).then((response) => (response.ok ? response.json() : Promise.reject(response)));
    cached.set(key, body.catch(() => cached.delete(key) && undefined));
  }
  return cached.get(key);
}
