//! The help texts in the language of the reader: what the argument parser would say is written over by `locales/*/help.ftl`.
//!
//! # Keys
//! `help-about-COMMAND` says what a command does, `help-examples-COMMAND` shows it at work. `help-arg-COMMAND-ARGUMENT`, or where
//! several commands say the same `help-arg-ARGUMENT`, says what an argument is, and `help-long-ARGUMENT` all of it: `-h` prints
//! the first, `--help` both. Names are those of the parser, with `-` between their words.

use clap::{Arg, Command};

use crate::domain::message::Lang;
use crate::locale;

/// The command and all below it, in that language.
pub(super) fn in_words(command: Command, lang: Lang) -> Command {
    let mut command = told(command, "", lang);
    // The parser's own flags and its own subcommand are there from then on, and what `--help` shows is settled.
    command.build();
    told_of_itself(command, lang)
}

/// `path`: the names of the commands down to it, each behind a `-`.
fn told(command: Command, path: &str, lang: Lang) -> Command {
    let say = |key: &str| locale::text(lang, key, &[]);
    let mut command = command
        .about(say(&format!("help-about{path}")))
        .help_template(format!("{{about-with-newline}}\n{}{{usage}}\n\n{{all-args}}{{after-help}}", say("help-usage")))
        .subcommand_help_heading(say("help-commands"))
        .mut_args(|arg| argument(arg, path, lang));
    if let Some(examples) = locale::find(lang, &format!("help-examples{path}")) {
        let shown = format!("{}\n{}", say("help-shown"), indented(&examples));
        if let Some(more) = command.get_after_long_help().map(ToString::to_string) {
            command = command.after_long_help(format!("{shown}\n\n{more}"));
        }
        command = command.after_help(shown);
    }
    command.mut_subcommands(|below| {
        let path = format!("{path}-{}", below.get_name());
        told(below, &path, lang)
    })
}

/// The same for what the parser adds by itself.
fn told_of_itself(command: Command, lang: Lang) -> Command {
    let is_own = |arg: &Arg| matches!(arg.get_id().as_str(), "help" | "version");
    let command = command.mut_args(|arg| {
        if !is_own(&arg) {
            return arg;
        }
        let arg = argument(arg, "", lang);
        let text = arg.get_help().cloned().unwrap_or_default();
        arg.long_help(text)
    });
    command.mut_subcommands(|below| match below.get_name() {
        "help" => below.about(locale::text(lang, "help-about-help", &[])),
        _ => told_of_itself(below, lang),
    })
}

/// The keys under which an argument of a command may be explained, the first that there is.
fn argument_keys(arg: &Arg, path: &str) -> [String; 2] {
    let id = arg.get_id().as_str().replace('_', "-");
    [format!("help-arg{path}-{id}"), format!("help-arg-{id}")]
}

fn argument(arg: Arg, path: &str, lang: Lang) -> Arg {
    let keys = argument_keys(&arg, path);
    let mut text = keys.iter().find_map(|key| locale::find(lang, key)).unwrap_or_default();
    let heading = if arg.is_positional() { "help-arguments" } else { "help-options" };
    let takes_values = arg.get_action().takes_values();
    let list = |values: Vec<String>| values.join(", ");
    let usual = list(arg.get_default_values().iter().map(|one| one.to_string_lossy().into_owned()).collect());
    let possible = list(arg.get_possible_values().iter().map(|one| one.get_name().to_owned()).collect());
    for (key, value) in [("help-default", usual), ("help-possible", possible)] {
        if takes_values && !value.is_empty() {
            text += &locale::text(lang, key, &[("value", &value)]);
        }
    }
    let long = format!("help-long-{}", arg.get_id().as_str().replace('_', "-"));
    let arg = arg.help(text.clone()).help_heading(locale::text(lang, heading, &[]));
    let arg = arg.hide_default_value(takes_values).hide_possible_values(takes_values);
    match locale::find(lang, &long) {
        Some(more) => arg.long_help(format!("{text}\n{more}")),
        None => arg,
    }
}

fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Arguments;

    /// Every command below this one, itself included, with its path.
    fn all<'c>(command: &'c Command, path: String, found: &mut Vec<(String, &'c Command)>) {
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            all(below, format!("{path}-{}", below.get_name()), found);
        }
        found.push((path, command));
    }

    #[test]
    fn every_command_and_argument_is_explained_in_both_languages() {
        let mut command = Arguments::command();
        command.build();
        let mut commands = Vec::new();
        all(&command, String::new(), &mut commands);
        assert!(commands.len() > 15);
        let mut used = Vec::new();
        for (path, command) in &commands {
            used.push(format!("help-about{path}"));
            let key = |arg| argument_keys(arg, path).into_iter().find(|key| locale::has(key));
            used.extend(command.get_arguments().map(|arg| key(arg).unwrap_or_else(|| format!("{path} {arg}"))));
        }
        let missing: Vec<&String> = used.iter().filter(|key| !locale::has(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let known = locale::keys(Lang::En);
        let dead: Vec<&String> = known
            .iter()
            .filter(|key| key.starts_with("help-arg-") || key.starts_with("help-about-") && *key != "help-about-help")
            .filter(|key| !used.contains(key))
            .collect();
        assert!(dead.is_empty(), "nothing uses {dead:?}");
    }

    #[test]
    fn the_help_of_a_command_is_in_one_language_and_has_examples() {
        let help = |lang: Lang| {
            let command = in_words(Arguments::command(), lang);
            let mut diagnose = command.find_subcommand("diagnose").expect("diagnose").clone();
            (diagnose.render_help().to_string(), diagnose.render_long_help().to_string())
        };
        let (short, long) = help(Lang::ZhCn);
        for word in ["用法：", "选项", "示例", "默认：30m"] {
            assert!(short.contains(word) && long.contains(word), "{word}: {short}");
        }
        for word in ["Usage", "Options", "Print", "default", "Language"] {
            assert!(!long.contains(word), "{word}: {long}");
        }
        assert!(long.contains("kernel=on") && !short.contains("kernel=on"), "the forms stand in --help alone");
        let (short, long) = help(Lang::En);
        assert!(short.contains("Usage: nodedown diagnose") && short.contains("Examples:"), "{short}");
        for line in short.lines().chain(long.lines()) {
            assert!(line.chars().count() <= 170, "a paragraph that nobody reads: {line}");
        }
    }

    #[test]
    fn every_example_is_read_by_the_parser() {
        let key = |key: &String| key.starts_with("help-examples-");
        let keys: Vec<String> = locale::keys(Lang::En).into_iter().filter(key).collect();
        assert!(keys.len() > 5, "{keys:?}");
        for (key, lang) in keys.iter().flat_map(|key| [(key, Lang::En), (key, Lang::ZhCn)]) {
            let text = locale::text(lang, key, &[]);
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            let mut examples = 0;
            for line in lines {
                // What stands before or after a pipe or a redirection is not ours.
                let own = line.split('|').find(|part| part.trim_start().starts_with("nodedown")).expect(line);
                let words = own.split('>').next().unwrap_or_default().split_whitespace();
                let read = Arguments::command().try_get_matches_from(words.map(|word| word.trim_matches('\'')));
                assert!(read.is_ok(), "{line}: {:?}", read.err().map(|error| error.to_string()));
                examples += 1;
            }
            assert!(examples > 0, "{key}");
        }
    }
}
