//! Every code has its page, its cause, its actions and do-nots in both languages.

use nodedown::diagnosis::advice;
use nodedown::domain::code::Code;
use nodedown::locale;

#[test]
fn every_text_of_every_verdict_exists() {
    for code in Code::ALL {
        let parts = ["title", "meaning", "impact", "todo", "donot", "refuted"];
        let mut keys: Vec<String> = parts.iter().map(|part| format!("help-{}-{part}", code.key())).collect();
        keys.push(format!("cause-{}", code.key()));
        keys.extend(advice::refutations(*code));
        keys.extend(advice::actions(*code).iter().chain(advice::do_nots(*code)).map(|key| (*key).to_owned()));
        for key in keys {
            assert!(locale::has(&key), "{key}");
        }
    }
}
