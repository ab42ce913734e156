//! What is wrong with the arguments, in the language of the reader: which rule they break and how the command is written.
//!
//! The parser has sentences of its own, in English. They stand where no key of `locales/*/usage.ftl` fits.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::domain::message::Lang;
use crate::locale;

/// The refusal in words; `None`: only the parser knows how to say it, or it is no refusal but the help that was asked for.
pub(super) fn refusal(error: &Error, lang: Lang) -> Option<String> {
    let of = |kind| error.get(kind).map(shown);
    let (arg, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue).unwrap_or_default());
    let (key, named) = match error.kind() {
        ErrorKind::MissingRequiredArgument => ("usage-missing", arg?),
        ErrorKind::UnknownArgument => ("usage-unknown", arg?),
        ErrorKind::InvalidSubcommand => ("usage-no-command", of(ContextKind::InvalidSubcommand)?),
        ErrorKind::InvalidValue if value.is_empty() => ("usage-no-value", arg?),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => ("usage-bad-value", arg?),
        ErrorKind::ArgumentConflict => ("usage-conflict", arg?),
        _ => return None,
    };
    let other = of(ContextKind::PriorArg).unwrap_or_default();
    let mut said = locale::text(lang, key, &[("arg", &named), ("value", &value), ("other", &other)]);
    if let Some(why) = std::error::Error::source(error) {
        said += &format!("\n{}", reason(lang, &named, &why.to_string()));
    }
    let hints = [
        ("usage-possible", ContextKind::ValidValue),
        ("usage-meant", ContextKind::SuggestedArg),
        ("usage-meant", ContextKind::SuggestedSubcommand),
        ("usage-meant", ContextKind::SuggestedValue),
    ];
    for (key, kind) in hints {
        if let Some(hint) = of(kind).filter(|hint| !hint.is_empty()) {
            said += &format!("\n{}", locale::text(lang, key, &[("value", &hint)]));
        }
    }
    let usage = of(ContextKind::Usage).unwrap_or_default();
    if let Some(usage) = usage.trim().strip_prefix("Usage:") {
        said += &format!("\n\n{} {}", locale::text(lang, "help-usage", &[]), usage.trim());
    }
    Some(format!("{said}\n\n{}\n", locale::text(lang, "usage-more", &[])))
}

/// Why a value is refused. The sentences of parsers are English and name the one thing that is wrong; in another language it
/// is said how the value is written.
fn reason(lang: Lang, arg: &str, why: &str) -> String {
    let is_one_of = |flags: &[&str]| flags.iter().any(|flag| arg.split([' ', '=']).next() == Some(*flag));
    let most = why.rsplit([' ', '=']).next().filter(|most| most.parse::<u64>().is_ok());
    let (key, most) = match most {
        _ if lang == Lang::En => return why.to_owned(),
        _ if is_one_of(&["--deadline"]) => ("usage-how-deadline", ""),
        _ if is_one_of(&["--window", "--every", "--for"]) => ("usage-how-duration", ""),
        _ if is_one_of(&["--at"]) => ("usage-how-time", ""),
        _ if is_one_of(&["--role"]) => ("usage-how-role", ""),
        _ if is_one_of(&["--speed"]) => ("usage-how-speed", ""),
        _ if is_one_of(&["--listen"]) => ("usage-how-listen", ""),
        Some(most) if why.contains(" from 1 to ") => ("usage-how-whole", most),
        _ => return why.to_owned(),
    };
    locale::text(lang, key, &[("most", most)])
}

/// What the parser noted, on one line.
fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::explained;

    fn said(lang: Lang, words: &[&str]) -> String {
        let words = ["nodedown"].iter().chain(words);
        let error = explained(lang).try_get_matches_from(words).expect_err("it is refused");
        refusal(&error, lang).unwrap_or_else(|| panic!("the parser's own words: {error}"))
    }

    #[test]
    fn a_refusal_names_its_rule_in_both_languages() {
        let refused: [(&[&str], &[&str]); 7] = [
            (&["diagnose"], &["--node <NAME=SOURCE>|--cluster <NAME>"]),
            (&["diagnose", "--nod", "x"], &["--nod", "--node"]),
            (&["diagnos"], &["diagnos", "diagnose"]),
            (&["diagnose", "--node"], &["--node <NAME=SOURCE>"]),
            (&["diagnose", "--node", "n=x", "--window", "soon"], &["--window <DURATION>", "soon", "30m"]),
            (&["diagnose", "--node", "n=x", "--cluster", "c"], &["--node <NAME=SOURCE>", "--cluster <NAME>"]),
            (&["completions", "dos"], &["dos", "bash"]),
        ];
        for (words, parts) in refused {
            let (english, chinese) = (said(Lang::En, words), said(Lang::ZhCn, words));
            for part in parts {
                assert!(english.contains(part) && chinese.contains(part), "{part}: {english}\n{chinese}");
            }
            assert!(english.contains("--help") && chinese.contains("--help"), "{english}\n{chinese}");
            assert_eq!(english.contains("Usage:"), chinese.contains("用法："), "{english}\n{chinese}");
            assert!(!chinese.contains("Usage") && !chinese.contains("error"), "{chinese}");
        }
    }

    #[test]
    fn why_a_value_is_refused_is_said_in_the_language_of_the_rest() {
        let refused: [(&[&str], &str); 6] = [
            (&["user", "add", "--role", "king", "bob"], "viewer"),
            (&["demo", "--speed", "fast"], "0.1"),
            (&["demo", "--listen", "foo"], "127.0.0.1:8770"),
            (&["serve", "--stable-minutes", "0"], "整数"),
            (&["diagnose", "--node", "n=dir:/x", "--deadline", "9h"], "200ms"),
            (&["diagnose", "--node", "n=dir:/x", "--at", "soon"], "RFC 3339"),
        ];
        for (words, part) in refused {
            let chinese = said(Lang::ZhCn, words);
            let why = chinese.lines().nth(1).unwrap_or_default();
            assert!(why.contains(part) && !why.contains("write") && !why.contains("use "), "{chinese}");
        }
    }

    #[test]
    fn what_alone_is_not_enough_is_not_offered() {
        for words in [&["diagnose"] as &[&str], &["diagnose", "--deadline", "5s"], &["record", "--data", "x"]] {
            let said = said(Lang::En, words);
            let first = said.lines().next().unwrap_or_default();
            assert!(!first.contains("--deadline") && !first.contains("--data"), "{first}");
        }
    }

    #[test]
    fn help_is_no_refusal() {
        let error = explained(Lang::En).try_get_matches_from(["nodedown", "--help"]).expect_err("help");
        assert_eq!(refusal(&error, Lang::En), None);
    }
}
