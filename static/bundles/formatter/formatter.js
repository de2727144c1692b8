// Formats a query. The editor loads this when somebody asks for it.
import { formatDialect, postgresql } from "sql-formatter";

const WIDTH = 80;
// Blanks, as in {{country = France}}, stay as they are.
const BLANKS = { custom: [{ regex: String.raw`\{\{(?:[^}\n]|\}(?!\}))*\}\}` }] };

// Throws if it cannot read the text.
export const format = (sql) =>
  formatDialect(sql, { dialect: postgresql, tabWidth: 2, expressionWidth: WIDTH, keywordCase: "preserve", paramTypes: BLANKS, linesBetweenQueries: 1 });
