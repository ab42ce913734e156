//! Characters that nobody sees, or that change what is seen around them.

/// Whether a terminal or a page acts on a character, shows nothing of it, or turns the text around it: control characters (line
/// ends and tabs too), bidi controls, zero-width and format characters, the byte order mark, tags.
#[must_use]
#[inline]
pub const fn is_hidden(c: char) -> bool {
    // Nearly all characters of a page, told by one look.
    !matches!(c, ' '..='~')
        && matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_is_not_hidden() {
        assert!(!"a ~é杭州，。‘’—\u{3000}😀".chars().any(is_hidden));
        let hidden =
            "\u{0}\t\n\u{1b}\u{7f}\u{85}\u{ad}\u{61c}\u{180e}\u{200b}\u{202e}\u{2066}\u{feff}\u{fffb}\u{e0041}";
        assert!(hidden.chars().all(is_hidden));
    }
}
