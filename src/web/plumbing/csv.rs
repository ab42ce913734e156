//! Tables for spreadsheets.
//!
//! # Why
//! Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, and names and log lines are what strangers wrote.
//! Such a cell gets an apostrophe in front: it is text then. A byte order mark says that the file is UTF-8: without it, Chinese
//! names are garbled. Characters that hide or turn text around are shown as their codes.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::plain::plain;

/// A table that grows by rows; they need not be of the same length.
pub struct Csv {
    writer: csv::Writer<Vec<u8>>,
}

impl Csv {
    /// Its content type.
    pub const TYPE: &'static str = "text/csv; charset=utf-8";

    /// An empty table with these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        let mut builder = WriterBuilder::new();
        builder.flexible(true).terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary);
        let mut csv = Self { writer: builder.from_writer("\u{feff}".into()) };
        csv.row(columns.iter().map(|column| (*column).to_owned()));
        csv
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        // Into memory; nothing can go wrong.
        let _ = self.writer.write_record(cells.into_iter().map(text));
    }

    /// The whole table.
    #[must_use]
    pub fn into_text(self) -> String {
        let bytes = self.writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A cell that is text to every spreadsheet.
fn text(cell: String) -> String {
    let cell = plain(&cell);
    let first = cell.trim_start().chars().next();
    let formula = first.is_some_and(|c| "=+-@|%＝＋－＠".contains(c)) || cell.starts_with(['\t', '\r', '\n']);
    if formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_ends_early() {
        for (cell, written) in [
            ("prod-hz", "prod-hz"),
            ("say \"x\", y", "\"say \"\"x\"\", y\""),
            ("=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\""),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("a\nb", "\"a\nb\""),
            ("杭州\u{202e}", "杭州‹U+202E›"),
        ] {
            let mut csv = Csv::new(&["a", "b"]);
            csv.row([cell.to_owned(), "2".to_owned()]);
            csv.row(["only one".to_owned()]);
            assert_eq!(csv.into_text(), format!("\u{feff}a,b\r\n{written},2\r\nonly one\r\n"));
        }
    }
}
