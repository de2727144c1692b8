// Formats a query. The editor loads this when somebody asks for it.
import { formatDialect, postgresql } from "sql-formatter";

const WIDTH = 80;

// Throws if it cannot read the text.
export const format = (sql) =>
  formatDialect(sql, { dialect: postgresql, tabWidth: 2, expressionWidth: WIDTH, keywordCase: "preserve", linesBetweenQueries: 1 });
