//! Whole verdicts on databases: what was seen goes in, the ranked causes come out.

use crate::nacos::properties::{Inputs, SecretHasher, effective};
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

#[test]
fn a_database_that_no_node_reaches_is_the_reason_that_all_are_in_their_start() {
    let mut world = World::new(3);
    for index in 0..3 {
        world.silent(index, 5, vec![trace("START", 10, "")]);
        let file = Some(b"spring.sql.init.platform=mysql\ndb.url.0=jdbc:mysql://db/nacos\n".as_slice());
        let mut seen = effective(&Inputs::of_file(file, SecretHasher::new(b"key")));
        let (target, result) = ("db:3306".to_owned(), Some(PortResult::Timeout));
        seen.reached = vec![DatabaseReached { target, result, tries: (1, 0), detail: None, refusal: None }];
        let name = world.name(index);
        world.observations.put("config.properties", name, Observed::Properties(seen));
    }
    let diagnosis = world.diagnose();
    assert_eq!(world.codes()[0], "db.unreachable[]", "{:?}", world.codes());
    assert_eq!(diagnosis.causes[0].summary.key, "cause-db-unreachable-all");
    assert!(diagnosis.causes[0].consequences.contains(&Code::ClusterQuorumLost), "{:?}", diagnosis.causes[0]);
}
