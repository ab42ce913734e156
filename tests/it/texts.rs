//! Every signature that a page may show is explained in both languages.

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
