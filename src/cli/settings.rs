//! The reference of the server's settings: at the end of `serve --help`, and as Markdown by `config reference`.

use crate::config::{SETTINGS, Setting};
use crate::domain::message::Lang;
use crate::locale;

/// Key of what a setting means.
fn key(setting: &Setting) -> String {
    format!("setting-{}", setting.name.replace('_', "-"))
}

fn means(lang: Lang, setting: &Setting) -> String {
    locale::text(lang, &key(setting), &[])
}

fn usual(lang: Lang, setting: &Setting) -> String {
    if setting.usual == "-" { locale::text(lang, "settings-usual-none", &[]) } else { setting.usual.to_owned() }
}

fn flag(setting: &Setting) -> String {
    setting.flag.map_or_else(|| "-".to_owned(), |flag| format!("--{flag}"))
}

/// For the end of a help text: every setting with its flag, its variable, what it is unless told, and what it means.
#[must_use]
pub fn explained(lang: Lang) -> String {
    let mut text = format!("{}\n", locale::text(lang, "settings-how", &[]));
    for one in &SETTINGS {
        let ways = [flag(one), one.variable.to_owned()].into_iter().filter(|way| way != "-").collect::<Vec<_>>();
        let default = locale::text(lang, "settings-usual", &[("value", &usual(lang, one))]);
        text += &format!("\n  {}  ({})  {default}\n      {}\n", one.name, ways.join(", "), means(lang, one));
    }
    text
}

/// The same as a table in Markdown.
#[must_use]
pub fn markdown(lang: Lang) -> String {
    let word = |key: &str| locale::text(lang, key, &[]);
    let mut text = format!("# {}\n\n{}\n\n", word("settings-title"), word("settings-how"));
    let heads =
        ["settings-name", "settings-flag", "settings-variable", "settings-default", "settings-meaning"].map(word);
    text += &format!("| {} |\n|---|---|---|---|---|\n", heads.join(" | "));
    for one in &SETTINGS {
        let cells = [one.name.to_owned(), flag(one), one.variable.to_owned(), usual(lang, one), means(lang, one)];
        text += &format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_explained_in_both_languages() {
        for lang in [Lang::En, Lang::ZhCn] {
            let (help, table) = (explained(lang), markdown(lang));
            assert!(!help.contains('‹') && !table.contains('‹'), "a text is missing: {help}");
            for one in &SETTINGS {
                for text in [&help, &table] {
                    assert!(text.contains(one.variable) && text.contains(&means(lang, one)), "{}", one.name);
                }
            }
            assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), SETTINGS.len() + 1);
        }
        assert_ne!(explained(Lang::En), explained(Lang::ZhCn));
    }
}
