// Sizes of what the server's page of rows would draw, before the grid takes its place.

export function heightOfRow(body) {
  const row = body.appendChild(document.createElement("tr"));
  const { height } = row.getBoundingClientRect();
  row.remove();
  return height;
}

export const widthOf = (cell) => cell.getBoundingClientRect().width;

// Measures texts as they are in a cell.
export function widthIn(cell) {
  const style = getComputedStyle(cell);
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${style.fontSize} ${style.fontFamily}`;
  const around = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) + 1;
  return (text) => context.measureText(text).width + around;
}
