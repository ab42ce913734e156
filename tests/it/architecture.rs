//! Holds the import directions of `src/lib.rs`: only `commands` writes, only `sources` touches the outside, only `app` wires.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module → modules of ours that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("locale", &["domain"]),
    ("config", &["domain"]),
    ("telemetry", &["domain", "config"]),
    ("runbooks", &["domain"]),
    ("nacos", &["domain"]),
    ("model", &["domain", "nacos"]),
    ("diagnosis", &["domain", "nacos", "model"]),
    ("logscan", &["domain", "nacos", "sources"]),
    ("sources", &["domain", "config", "logscan", "nacos"]),
    ("checks", &["domain", "nacos", "logscan", "sources", "model", "diagnosis"]),
    ("store", &["domain", "config"]),
    ("backup", &["domain", "config", "store"]),
    ("commands", &["domain", "diagnosis", "store", "runbooks", "nacos", "locale"]),
    ("rounds", &["domain", "checks", "model", "diagnosis", "sources"]),
    ("engine", &["domain", "commands", "checks", "rounds", "model", "sources", "store", "runbooks"]),
    ("notify", &["domain", "commands", "sources", "store", "locale"]),
    ("web", &["domain", "commands", "runbooks", "store", "locale", "nacos", "model", "diagnosis", "config"]),
    (
        "cli",
        &[
            "domain",
            "config",
            "rounds",
            "sources",
            "logscan",
            "store",
            "locale",
            "checks",
            "model",
            "diagnosis",
            "nacos",
            "runbooks",
            "backup",
            "app",
        ],
    ),
];

/// Words that only some modules may say, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("WriteTx", &["store", "commands", "app"], "only commands write"),
    ("tokio::net", &["sources", "app"], "only sources touch the network; app listens"),
    ("tokio::process", &[], "nothing runs another program"),
    ("std::process::Command", &[], "nothing runs another program"),
];

#[test]
fn modules_import_only_what_they_may() {
    let mut wrong = Vec::new();
    for (module, file, text) in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else { continue };
        for used in imports(&text) {
            // Tests of rules build what was seen by hand.
            let builds = used == "world" && is_test_file(&file);
            if used != module && !allowed.contains(&used.as_str()) && !builds {
                wrong.push(format!("{} ({module}) uses `{used}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the map in src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn reserved_words_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (module, file, text) in sources() {
        for (word, allowed, why) in RESERVED {
            // It starts this very program anew, and nothing else.
            let is_itself = *word == "std::process::Command" && file.ends_with("src/cli/allocator.rs");
            if !is_itself && !allowed.contains(&module.as_str()) && code_lines(&text).any(|line| line.contains(word)) {
                wrong.push(format!("{} says `{word}`: {why}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rules ask the catalogue for lines of a role, or name an entry by a constant: what `C21` is, only the catalogue says.
#[test]
fn ids_of_signatures_stand_in_the_catalogue_only() {
    let is_id = |text: &str| {
        let digits = text.strip_prefix(['C', 'S', 'N']).unwrap_or_default().trim_end();
        (2..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut wrong = Vec::new();
    for (_, file, text) in sources() {
        if is_test_file(&file) || file.ends_with("src/nacos/signatures/catalogue.rs") {
            continue;
        }
        let ids = code_lines(&text).filter(|line| line.split('"').any(is_id));
        wrong.extend(ids.map(|line| format!("{}: {}", file.display(), line.trim())));
    }
    assert!(wrong.is_empty(), "ids of signatures outside the catalogue:\n{}", wrong.join("\n"));
}

#[test]
fn times_of_rules_stand_in_one_file_and_are_used() {
    let files = sources();
    let timing = |file: &Path| file.ends_with("src/nacos/timing.rs");
    let mut wrong = Vec::new();
    for (room, file, text) in &files {
        if matches!(room.as_str(), "model" | "checks" | "diagnosis") && !is_test_file(file) {
            // What a gather adds to a stamp to read it is not a time of a rule.
            let in_place = |line: &str| {
                room != "checks" && ["plus_millis(", "plus_millis(-"].iter().any(|call| has_digit_after(line, call))
            };
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let own =
                code_lines(code).filter(|line| line.contains("const ") && line.contains("_MS: ") || in_place(line));
            wrong.extend(own.map(|line| format!("{}: {}", file.display(), line.trim())));
        }
    }
    assert!(wrong.is_empty(), "times outside src/nacos/timing.rs:\n{}", wrong.join("\n"));

    let (_, _, text) = files.iter().find(|(_, file, _)| timing(file)).expect("the file of times");
    let names = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    let unused: Vec<&str> = names
        .filter(|name| {
            let named = format!("timing::{name}");
            let others = files.iter().filter(|(_, file, _)| !timing(file));
            !others.flat_map(|(_, _, text)| code_lines(text)).any(|line| line.contains(&named))
        })
        .collect();
    assert!(unused.is_empty(), "no rule measures with {unused:?}");
}

fn is_test_file(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name == "tests.rs" || name.ends_with("_tests.rs") || name == "world.rs"
}

fn has_digit_after(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| line[at + call.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

/// Rooms whose files may import each other in a circle, and why.
const MAY_CIRCLE: &[(&str, &str)] =
    &[("web", "an error is a page, a page has a frame, and the frame is made from what may fail with an error")];

#[test]
fn no_files_import_each_other_in_a_circle() {
    let src = root().join("src");
    let mut modules: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (room, file, text) in sources() {
        let below = file.strip_prefix(&src).expect("below src").with_extension("");
        let mut path: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        path.pop_if(|last| last == "mod");
        let is_test = path.last().is_some_and(|last| last.ends_with("tests"));
        if !is_test && !MAY_CIRCLE.iter().any(|(name, _)| *name == room) {
            modules.insert(path, code_lines(&text).collect::<Vec<_>>().join("\n"));
        }
    }
    let imports: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = modules
        .iter()
        .map(|(module, text)| {
            let named = named_paths(text).into_iter().filter_map(|path| file_of(&modules, module, &path));
            (module, named.filter(|other| other != &module).collect())
        })
        .collect();
    // What nothing imports any more, or imports nothing any more, is in no circle.
    let mut left = imports;
    loop {
        let ends: Vec<&Vec<String>> = left
            .iter()
            .filter(|(module, others)| {
                !others.iter().any(|other| left.contains_key(other))
                    || !left.values().any(|named| named.contains(*module))
            })
            .map(|(module, _)| *module)
            .collect();
        if ends.is_empty() {
            break;
        }
        left.retain(|module, _| !ends.contains(module));
    }
    let told: Vec<String> = left
        .iter()
        .flat_map(|(module, others)| {
            let others = others.iter().filter(|other| left.contains_key(**other));
            others.map(|other| format!("{} imports {}", module.join("::"), other.join("::")))
        })
        .collect();
    assert!(told.is_empty(), "these import each other in a circle:\n{}", told.join("\n"));
}

/// Every path of our own crate that a text names, groups in braces taken apart.
fn named_paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for keyword in ["crate::", "super::"] {
        for (at, _) in text.match_indices(keyword) {
            // Not the middle of a longer path, but for `super::super::`, whose first one counts.
            if !text[..at].ends_with("::") {
                let end = end_of_path(&text[at..]);
                ungrouped(&text[at..at + end], &mut paths);
            }
        }
    }
    paths
}

/// Where a path ends: at what is not a part of a name, groups in braces included.
fn end_of_path(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' if depth > 0 || text[..at].ends_with("::") => depth += 1,
            '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ if depth > 0 || c.is_alphanumeric() || c == '_' || c == ':' => {}
            _ => return at,
        }
    }
    text.len()
}

fn ungrouped(path: &str, paths: &mut Vec<String>) {
    let Some((head, group)) = path.split_once('{') else {
        paths.push(path.split(" as ").next().unwrap_or_default().trim().to_owned());
        return;
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let (mut depth, mut begin) = (0_usize, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                ungrouped(&format!("{}{}", head.trim(), group[begin..at].trim()), paths);
                begin = at + 1;
            }
            _ => {}
        }
    }
}

/// The file that a path leads into, from the module that names it.
fn file_of<'m>(modules: &'m BTreeMap<Vec<String>, String>, from: &[String], path: &str) -> Option<&'m Vec<String>> {
    let mut at: Vec<String> = Vec::new();
    let mut found = None;
    let mut below = from.to_vec();
    for (index, part) in path.split("::").map(str::trim).enumerate() {
        match part {
            "crate" if index == 0 => continue,
            "super" => {
                below.pop();
                at.clone_from(&below);
            }
            part => at.push(part.to_owned()),
        }
        if let Some((module, _)) = modules.get_key_value(&at) {
            found = Some(module);
        }
    }
    found
}

#[test]
fn every_module_says_what_it_owns() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, _, text)| !text.starts_with("//!")).map(|(_, file, _)| file).collect();
    assert!(silent.is_empty(), "no `//!` at the top of {silent:?}");
}

#[test]
fn every_page_template_is_used_and_exists() {
    let root = root();
    let mut named = BTreeSet::new();
    for (_, file, text) in sources() {
        for part in text.split("path = \"").skip(1) {
            let Some((template, _)) = part.split_once('"') else { continue };
            if Path::new(template).extension().is_some_and(|ending| ending == "html") {
                assert!(
                    root.join("templates").join(template).is_file(),
                    "{} names {template}, which is not there",
                    file.display()
                );
                named.insert(template.to_owned());
            }
        }
    }
    let mut all = Vec::new();
    walk(&root.join("templates"), &mut all);
    let texts: Vec<String> = all.iter().map(|file| fs::read_to_string(file).expect("template")).collect();
    for file in &all {
        let name =
            file.strip_prefix(root.join("templates")).expect("below templates").to_string_lossy().replace('\\', "/");
        let used = named.contains(&name) || texts.iter().any(|text| text.contains(&format!("\"{name}\"")));
        assert!(used, "templates/{name} is used by no page");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// (top module, file, text) of every source file below `src`, without the crate's own two.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = root().join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|file| {
            let below = file.strip_prefix(&src).ok()?;
            let first = below.components().next()?.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&file).expect("source file");
            (first != "lib" && first != "main").then_some((first, file.clone(), text))
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
    files.sort();
}

/// Lines that are code: no comments, nothing from the first test module on.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// Modules of ours that the text names by `crate::x`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in code_lines(text) {
        for part in line.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_uppercase()) {
                used.insert(name);
            }
        }
    }
    used
}
