//! Tests of reading runbooks.

use super::*;

const TOML: &str = "slug = \"x\"\n\n[[step]]\nstep = 1\nbudget_min = 5\nchecks = [\"a.b\"]\n";
const EN: &str = "# Title\n\n## 1 One\n\n> Why?\n\nDo it.\n\nDone when: it is done.\n";
const ZH: &str = "# 标题\n\n## 1 一\n\n> 为什么？\n\n做。\n\n完成标准：做完了。\n";

fn files<'a>(toml: &'a str, en: &'a str, zh_cn: &'a str) -> Files<'a> {
    Files { folder: "runbooks/x", toml, en, zh_cn }
}

fn error(toml: &str, en: &str, zh_cn: &str) -> String {
    load(files(toml, en, zh_cn)).expect_err("is wrong").to_string()
}

#[test]
fn the_embedded_runbooks_are_whole() {
    let all = embedded().expect("embedded runbooks");
    assert!(all.iter().any(|runbook| runbook.slug == NODE_DOWN));
    for runbook in &all {
        assert_eq!(find(&runbook.slug).as_ref(), Ok(runbook));
    }
    let node_down = find(NODE_DOWN).expect("the runbook");
    assert_eq!(node_down.steps.iter().map(|step| step.step).collect::<Vec<_>>(), Step::ALL);
    assert_eq!(node_down.version.len(), 64);
    for step in &node_down.steps {
        for (text, words) in [
            (&step.instructions.en, ["**Do**", "**You should see**", "**If not**", "**Do not**"]),
            (&step.instructions.zh_cn, ["**操作**", "**应当看到**", "**如果不是这样**", "**不要**"]),
        ] {
            for word in words {
                assert!(text.contains(word), "step {}: {word}", step.step.number());
            }
        }
        let points = |text: &str| {
            text.lines().filter(|line| line.starts_with("- ") || line.starts_with(|c: char| c.is_ascii_digit())).count()
        };
        assert_eq!(points(&step.instructions.en), points(&step.instructions.zh_cn), "step {}", step.step.number());
    }
}

#[test]
fn reads_all_parts() {
    let runbook = load(files(TOML, EN, ZH)).expect("a runbook");
    let step = &runbook.steps[0];
    assert_eq!((runbook.title.en.as_str(), runbook.title.zh_cn.as_str()), ("Title", "标题"));
    assert_eq!((step.title.en.as_str(), step.asks.zh_cn.as_str()), ("One", "为什么？"));
    assert_eq!((step.instructions.en.as_str(), step.exit.zh_cn.as_str()), ("Do it.", "做完了。"));
    assert_eq!(unknown_kinds(&runbook, |_| false), ["a.b"]);
    let other = load(files(TOML, &EN.replace("Do it", "Do this"), ZH)).expect("a runbook");
    assert_ne!(runbook.version, other.version);
}

#[test]
fn errors_name_file_and_line() {
    assert_eq!(
        error(&TOML.replace("\"x\"", "\"X y\""), EN, ZH),
        "runbooks/x/runbook.toml:1: `X y` is not a slug: use a-z, 0-9 and hyphens"
    );
    assert!(
        error(&TOML.replace("step = 1", "step = 9"), EN, ZH)
            .starts_with("runbooks/x/runbook.toml:4: there is no step 9")
    );
    assert!(error(&TOML.replace("budget_min = 5", "budget_min = 0"), EN, ZH).starts_with("runbooks/x/runbook.toml:5:"));
    assert!(error(&TOML.replace("\"a.b\"", "\"a.b\", \"a.b\""), EN, ZH).starts_with("runbooks/x/runbook.toml:6:"));
    assert!(error(&format!("{TOML}more = 1\n"), EN, ZH).starts_with("runbooks/x/runbook.toml:7:"));
    assert!(error(&format!("{TOML}{}", TOML.replace("slug = \"x\"", "")), EN, ZH).contains("out of order"));
    assert_eq!(error(TOML, &EN.replace("## 1", "## 2"), ZH), "runbooks/x/en.md:1: there is no `## 1 …` for step 1");
    assert!(
        error(TOML, &EN.replace("> Why?", "Why?"), ZH)
            .starts_with("runbooks/x/en.md:3: a step begins with the question")
    );
    assert!(error(TOML, EN, &ZH.replace("完成标准：", "完成：")).starts_with("runbooks/x/zh-CN.md:3:"));
    assert!(error(TOML, &format!("{EN}\nmore"), ZH).contains("something stands behind"));
    assert!(error(TOML, &EN.replace("# Title", "Title"), ZH).starts_with("runbooks/x/en.md:1:"));
    assert!(find("nothing").is_err());
    assert!(from_folder(Path::new("/nowhere/at/all")).is_err());
}
