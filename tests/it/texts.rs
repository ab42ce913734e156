//! Every signature and every code that a page may show is explained in both languages.

use nodedown::diagnosis::{causes, relations, rules};
use nodedown::domain::code::Code;
use nodedown::locale;
use nodedown::nacos::signatures::CATALOGUE;

#[test]
fn every_signature_is_explained() {
    let ids = CATALOGUE.iter().map(|signature| signature.id).chain(["K01", "K02", "K03", "K04", "H01", "H02", "H03"]);
    for id in ids {
        for part in ["title", "meaning", "next"] {
            let key = format!("sig-{}-{part}", id.to_ascii_lowercase());
            assert!(locale::has(&key), "{key}");
        }
    }
    for signature in CATALOGUE {
        for key in [signature.title_key(), signature.meaning_key(), signature.next_key()] {
            assert!(locale::has(&key), "{key}");
        }
        assert!(locale::has(signature.expected.key()));
    }
}

#[test]
fn every_text_of_every_verdict_exists() {
    for code in Code::ALL {
        let parts = ["title", "meaning", "impact", "todo", "donot", "refuted"];
        let mut keys: Vec<String> = parts.iter().map(|part| format!("help-{}-{part}", code.key())).collect();
        keys.push(format!("cause-{}", code.key()));
        keys.extend(causes::refutations(*code));
        let spec = causes::spec(*code);
        for todo in spec.todos {
            keys.push(todo.key.to_owned());
            keys.extend(todo.unsafe_when.iter().filter_map(|(_, instead)| *instead).map(|todo| todo.key.to_owned()));
        }
        keys.extend(spec.do_nots.iter().map(|key| (*key).to_owned()));
        for key in keys {
            assert!(locale::has(&key), "{key}");
        }
    }
    let listed = rules::list();
    let ids = listed.iter().flat_map(|rule| &rule.conditions).map(|(id, _)| *id);
    for id in ids {
        assert!(locale::has(&format!("if-{id}")), "if-{id}");
    }
    let weights = ["about", "requires", "excludes", "certain", "likely", "doubts", "beside"];
    for key in weights.map(|weight| format!("weight-{weight}")) {
        assert!(locale::has(&key), "{key}");
    }
    for edge in relations::EDGES {
        assert!(locale::has(&format!("why-{}", edge.id)), "why-{}", edge.id);
    }
}
