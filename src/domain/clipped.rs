//! A text of others that has to fit somewhere. Pure.

/// The text, or its first `most` characters and `…` where it has more.
#[must_use]
pub fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_whole_and_what_does_not_ends_between_characters() {
        assert_eq!((clipped("", 0), clipped("磁盘", 2)), (String::new(), "磁盘".to_owned()));
        assert_eq!((clipped("磁盘满", 2), clipped("ab", 0)), ("磁盘…".to_owned(), "…".to_owned()));
    }
}
