// What the headings of the server's table say about the columns.

// The columns of the result. The key of each stays the same when the query is changed elsewhere: its name, and for a repeated name
// its turn.
export function columnsOf(headings) {
  const turns = new Map();
  return headings.map((heading, index) => {
    const column = columnOf(heading);
    const turn = (turns.get(column.name) ?? 0) + 1;
    turns.set(column.name, turn);
    return { ...column, index, key: turn === 1 ? column.name : `${column.name}\n${turn}` };
  });
}

function columnOf({ dataset, classList }) {
  const { name, type } = dataset;
  return {
    name,
    type,
    isNumber: classList.contains("number"),
    isJson: /^jsonb?$/.test(type),
    hasTime: /^time(stamp)?(tz)?$/.test(type),
  };
}

// The number of the column that sorts, from 1, with a minus for descending order.
export function sortOf(headings) {
  const ways = { ascending: 1, descending: -1 };
  const column = headings.findIndex((heading) => heading.ariaSort in ways);
  return column < 0 ? undefined : ways[headings[column].ariaSort] * (column + 1);
}
