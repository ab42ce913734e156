//! Whole verdicts on databases: what was seen goes in, the ranked causes come out.

use crate::world::*;

#[test]
fn a_database_that_all_miss_is_the_reason_of_the_lost_majority() {
    let mut world = World::new(3);
    let failed = || {
        let text = "Startup errors : \nCaused by: com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure";
        vec![trace("START", 100, ""), trace("S10", 70, text)]
    };
    (0..3).for_each(|index| world.silent(index, 69, failed()));
    assert_eq!(world.codes(), [r#"db.unreachable["n1", "n2", "n3"]"#]);
    // One of them was stopped: there are two things to fix.
    world.silent(1, 69, clean(69));
    assert_eq!(world.codes()[0], "cluster.quorum_lost[]", "{:?}", world.codes());
}
