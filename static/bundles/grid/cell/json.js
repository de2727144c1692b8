// Indents JSON. It works on tokens and never parses values, so that numbers and strings stay exactly as they are.
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/gs;
const INDENT = "  ";

export function folded(text) {
  const tokens = text.match(TOKEN) ?? [];
  const parts = [];
  let depth = 0;
  const line = () => `\n${INDENT.repeat(Math.max(0, depth))}`;
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (token === "]" || token === "}") {
      depth -= 1;
      parts.push(before === "[" || before === "{" ? token : line() + token);
    } else if (before === "[" || before === "{" || before === ",") {
      parts.push(line() + token);
    } else {
      parts.push(before === ":" ? ` ${token}` : token);
    }
    if (token === "[" || token === "{") {
      depth += 1;
    }
  });
  return parts.join("");
}
