//! Untrusted text made harmless to the eye: what a browser would hide or turn around is shown as its code.
//!
//! Escaping is askama's work; this is about characters that survive escaping: terminal colours, bidi controls that reverse
//! the rest of a line, zero-width characters that make two names look the same.

use crate::domain::clipped::clipped;
use crate::domain::hidden;

/// Most characters of a text that is shown inside a table cell or a sentence.
const SHORT: usize = 400;

/// The text with control, bidi and zero-width characters as `‹U+202E›`; line ends and tabs stay.
#[must_use]
pub fn plain(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            out.push_str(&format!("‹U+{:04X}›", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for a text that is at hand.
#[must_use]
pub fn visible(text: String) -> String {
    if text.chars().any(is_hidden) { plain(&text) } else { text }
}

/// The same for a page. What stands in a field of a form keeps its value, which is sent back: there they are references.
#[must_use]
pub fn visible_page(page: String) -> String {
    if !page.chars().any(is_hidden) {
        return page;
    }
    let (mut out, mut rest) = (String::with_capacity(page.len() + 64), page.as_str());
    while let Some((before, field)) = next_field(rest) {
        out.push_str(&plain(before));
        for c in field.chars() {
            // Of control characters there are no references.
            if is_hidden(c) && !c.is_control() {
                out.push_str(&format!("&#x{:x};", u32::from(c)));
            } else if is_hidden(c) {
                out.push_str(&plain(c.encode_utf8(&mut [0; 4])));
            } else {
                out.push(c);
            }
        }
        rest = &rest[before.len() + field.len()..];
    }
    out.push_str(&plain(rest));
    out
}

/// The next content of a text field: what stands before it, and it. Our own templates write these tags, and quote.
fn next_field(page: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let at = from + page[from..].find('<')?;
        let tag = &page[at..];
        let end = at + tag.find('>')?;
        if tag.starts_with("<textarea") {
            let length = page[end..].find("</textarea").unwrap_or(page.len() - end);
            return Some((&page[..end], &page[end..end + length]));
        }
        if tag.starts_with("<input")
            && let Some(value) = tag.find(" value=\"").map(|value| at + value + " value=\"".len())
            && value <= end
            && let Some(length) = page[value..].find('"')
        {
            return Some((&page[..value], &page[value..value + length]));
        }
        from = end;
    }
}

/// JSON in which those characters stand as their escapes: the same value for every program.
#[must_use]
pub fn visible_json(text: String) -> String {
    if !text.chars().any(is_hidden) {
        return text;
    }
    // They stand inside strings only.
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// The same on one line, cut after some hundred characters.
#[must_use]
pub fn short(text: &str) -> String {
    let line: String = plain(text).chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect();
    clipped(&line, SHORT)
}

/// What is hidden in a text of several lines.
#[inline]
const fn is_hidden(c: char) -> bool {
    !matches!(c, '\n' | '\r' | '\t') && hidden::is_hidden(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_hide() {
        assert_eq!(plain("a\u{202e}b\u{1b}[31mc\n\td"), "a‹U+202E›b‹U+001B›[31mc\n\td");
        assert_eq!(plain("正常 leader"), "正常 leader");
    }

    #[test]
    fn a_field_keeps_its_value_and_the_page_around_it_shows_the_characters() {
        let zero = '\u{200d}';
        let page = format!(
            "<p title=\"a{zero}\">b{zero}</p><input type=\"text\" name=\"c{zero}\" value=\"d{zero}>\"><p>{zero}</p>\
             <textarea name=\"e\">f{zero}\u{7}</textarea>g{zero}"
        );
        let (code, reference) = ("‹U+200D›", "&#x200d;");
        let wanted = format!(
            "<p title=\"a{code}\">b{code}</p><input type=\"text\" name=\"c{code}\" value=\"d{reference}>\"><p>{code}</p>\
             <textarea name=\"e\">f{reference}‹U+0007›</textarea>g{code}"
        );
        assert_eq!(visible_page(page), wanted);
        assert_eq!(visible_page("<p>正常</p>".to_owned()), "<p>正常</p>");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({ "a\u{202e}b": "c\u{200b}\u{7f}\n正常\u{e0041}" });
        let text = visible_json(value.to_string());
        assert_eq!(text, "{\"a\\u202eb\":\"c\\u200b\\u007f\\n正常\\udb40\\udc41\"}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("json"), value);
    }

    #[test]
    fn short_is_one_line_of_bounded_length() {
        let text = short(&format!("a\nb{}", "长".repeat(9_999)));
        assert!(text.starts_with("a b长") && text.ends_with('…') && text.chars().count() == SHORT + 1);
    }
}
