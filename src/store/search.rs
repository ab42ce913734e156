//! Search over incidents: substrings of lower-case text, so that Chinese words of one or two characters are found.

use sqlx::{QueryBuilder, Sqlite};

/// Most words of a query that are looked at.
const MAX_WORDS: usize = 8;

/// Adds one condition a word: it stands in the text or in the causes.
pub(super) fn push_words(query: &mut QueryBuilder<Sqlite>, text: &str) {
    for word in text.split_whitespace().take(MAX_WORDS) {
        let pattern = pattern(word);
        query.push(" AND (search_text LIKE ").push_bind(pattern.clone());
        query.push(" ESCAPE '!' OR search_causes LIKE ").push_bind(pattern).push(" ESCAPE '!')");
    }
}

/// Text as the search sees it.
pub(super) fn normalise(text: &str) -> String {
    text.to_lowercase()
}

fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for character in normalise(word).chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_pattern_is_the_word_itself() {
        assert_eq!(super::pattern("选主"), "%选主%");
        assert_eq!(super::pattern("50%_Ok!"), "%50!%!_ok!!%");
    }
}
