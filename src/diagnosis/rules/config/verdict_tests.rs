//! Whole verdicts on settings: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn a_standalone_node_among_others_is_told() {
    let mut world = api_only();
    set_view(&mut world, 1, |_, view| {
        view.state.insert("startup_mode".to_owned(), "standalone".to_owned());
    });
    assert!(world.codes().contains(&r#"config.flags_drift["n2"]"#.to_owned()));
}
