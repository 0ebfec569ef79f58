// The cells of a table as rows of texts.
const MAX_SPAN = 1000; // as browsers have it

// `rows` are lists of {text, columns, rows}; a cell that spans columns or rows is followed by empty ones.
export function grid(rows) {
  const filled = rows.map(() => []);
  for (const [at, row] of rows.entries()) {
    let column = 0;
    for (const { text, columns, rows: below } of row) {
      while (filled[at][column] !== undefined) column++;
      for (let y = at; y < Math.min(rows.length, at + Math.min(below, MAX_SPAN)); y++) {
        for (let x = column; x < column + Math.min(columns, MAX_SPAN); x++) filled[y][x] = "";
      }
      filled[at][column] = text;
    }
  }
  return filled.map((row) => Array.from(row, (text) => text ?? ""));
}

// Whether a spreadsheet would make something else of it: leading zeros vanish, numbers keep 15 digits, `=1+1` is computed.
export const isText = (text) => /^(0\d+$|\d{16,}$|[=@]|[+-](?![\d.,\s]*\d\s*%?$))/.test(text) && text.length > 1;
