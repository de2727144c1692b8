// The conditions that join tables by their foreign keys, in both directions, with the names that the query has for them.

// Each table is `{ written, table }`: its name in the query, and what the catalogue says of it.
export function conditions(joined, others, isUpper) {
  const and = isUpper ? " AND " : " and ";
  const found = others.flatMap((other) => [...keys(joined, other, and), ...keys(other, joined, and)]);
  return [...new Set(found)];
}

function keys(from, to, and) {
  const ours = from.table.foreign_keys.filter(({ references }) => references.schema === to.table.schema && references.table === to.table.name);
  return ours.map(({ columns, references }) => {
    const pair = (column, place) => `${write(from, column)} = ${write(to, references.columns[place])}`;
    return columns.map(pair).join(and);
  });
}

const write = ({ written, table }, name) => `${written}.${table.columns.find((column) => column.name === name).identifier}`;
